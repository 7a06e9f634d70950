//! The expansion is something to read: how much the macros write for one handler method.

use proc_macro2::TokenStream;
use quote::quote;

/// How many lines the formatted expansion has beyond those of its input.
fn lines_written(input: &TokenStream, expansion: TokenStream) -> usize {
    let lines = |tokens: TokenStream| prettyplease::unparse(&syn::parse2(tokens).unwrap()).lines().count();
    lines(expansion) - lines(input.clone())
}

fn bank_events() -> TokenStream {
    quote! {
        impl Account {
            fn opened(event: &AccountOpened) -> Self { Self::default() }
            fn password_changed(&mut self, event: &PasswordChanged) { self.password = event.password }
            fn email_changed(&mut self, event: &EmailAddressChanged) { self.email = event.email }
            fn credited(&mut self, event: &MoneyCredited) { self.balance += event.amount }
            fn debited(&mut self, event: &MoneyDebited, account: Id<Account>) { self.balance -= event.amount }
            fn closed(&mut self, event: &AccountClosed) -> Ended { Ended }
        }
    }
}

fn bank_commands() -> TokenStream {
    quote! {
        impl Account {
            fn open(command: OpenAccount) -> Result<AccountOpened, BankError> { todo!() }
            fn debit(&self, command: DebitAccount) -> Result<MoneyDebited, BankError> { todo!() }
            async fn change_password(
                &self,
                command: ChangePassword,
                hasher: Inject<PasswordHasher>,
            ) -> Result<PasswordChanged, BankError> {
                todo!()
            }
        }
    }
}

#[test]
fn an_event_handler_method_costs_at_most_25_lines() {
    let input = bank_events();
    let written = lines_written(&input, crate::event_handler::expand(TokenStream::new(), &input));
    assert!(written <= 6 * 25, "Written: {written} lines for 6 methods");
}

#[test]
fn a_command_handler_method_costs_at_most_25_lines() {
    let input = bank_commands();
    let written = lines_written(&input, crate::command_handler::expand(TokenStream::new(), &input));
    assert!(written <= 3 * 25, "Written: {written} lines for 3 methods");
}
