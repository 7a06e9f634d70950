//! What the account says to what is asked of it.

use bank::{
    Account, AccountId, BankError, Date, EmailAddress, Money, Password, PasswordHash, PasswordHasher,
    account::{
        AccountOpened, ChangeEmailAddress, ChangePassword, CreditAccount, DebitAccount, EmailAddressChanged,
        MoneyCredited, MoneyDebited, OpenAccount, PasswordChanged,
    },
};
use cqrs::testing::{Rule, given, given_nothing};

const ACCOUNT: AccountId = AccountId::new(7);

fn money(text: &str) -> Money {
    text.parse().expect("money")
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::new(text).expect("an address")
}

fn day() -> Date {
    Date::constant(2025, 1, 31)
}

fn opened(overdraft: &str) -> AccountOpened {
    AccountOpened { owner: "Alice".into(), email: email("alice@example.org"), overdraft: money(overdraft) }
}

fn open(owner: &str, overdraft: &str) -> OpenAccount {
    let (owner, email, overdraft) = (owner.into(), email("alice@example.org"), money(overdraft));
    OpenAccount { account: ACCOUNT, owner, email, overdraft }
}

fn credited(amount: &str) -> MoneyCredited {
    MoneyCredited { amount: money(amount), booked_on: day(), operation: "cash deposit".into() }
}

fn credit(amount: Money) -> CreditAccount {
    CreditAccount { account: ACCOUNT, amount, booked_on: day(), operation: "cash deposit".into() }
}

fn debited(amount: &str) -> MoneyDebited {
    MoneyDebited { amount: money(amount), booked_on: day(), operation: "cash withdrawal".into() }
}

fn debit(amount: &str) -> DebitAccount {
    DebitAccount {
        account: ACCOUNT,
        amount: money(amount),
        booked_on: day(),
        operation: "cash withdrawal".into(),
    }
}

#[tokio::test]
async fn an_account_is_opened_once_with_nothing_on_it() {
    let outcome = given_nothing::<Account>().when(open("Alice", "100.00")).await;
    outcome.then(opened("100.00")).then_state(|account| {
        assert_eq!((account.owner(), account.balance()), ("Alice", Money::ZERO));
        assert!(account.password().is_none());
    });
    given::<Account>(opened("0")).when(open("Bob", "0")).await.then_not_allowed(Rule::AlreadyExists);
}

#[tokio::test]
async fn an_account_needs_an_owner_and_an_overdraft_that_makes_sense() {
    given_nothing::<Account>().when(open("  ", "0")).await.then_rejected(BankError::NoOwner);
    let overdraft = money("-0.01");
    let outcome = given_nothing::<Account>().when(open("Alice", "-0.01")).await;
    outcome.then_rejected(BankError::NegativeOverdraft { overdraft });
}

#[tokio::test]
async fn nothing_is_booked_on_an_account_that_is_not_there() {
    given_nothing::<Account>().when(debit("1.00")).await.then_not_allowed(Rule::NotFound);
    given_nothing::<Account>().when(credit(money("1.00"))).await.then_not_allowed(Rule::NotFound);
}

#[tokio::test]
async fn an_account_may_be_overdrawn_as_far_as_agreed_and_no_further() {
    let history = || given::<Account>((opened("100.00"), credited("50.00"), debited("30.00")));
    let outcome = history().when(debit("120.00")).await;
    outcome.then(debited("120.00")).then_state(|account| assert_eq!(account.balance(), money("-100.00")));
    let (amount, balance, overdraft) = (money("120.01"), money("20.00"), money("100.00"));
    let outcome = history().when(debit("120.01")).await;
    outcome.then_rejected(BankError::OverdraftExceeded { amount, balance, overdraft });
}

#[tokio::test]
async fn only_amounts_above_zero_are_booked() {
    for amount in ["0", "-5.00"] {
        let refused = || BankError::NotPositive { amount: money(amount) };
        given::<Account>(opened("0")).when(debit(amount)).await.then_rejected(refused());
        given::<Account>(opened("0")).when(credit(money(amount))).await.then_rejected(refused());
    }
}

#[tokio::test]
async fn a_balance_never_grows_beyond_what_can_be_counted() {
    let outcome = given::<Account>((opened("0"), credited("0.01"))).when(credit(Money::MAX)).await;
    outcome.then_rejected(BankError::TooMuch { amount: Money::MAX, balance: money("0.01") });
}

#[tokio::test]
async fn an_email_address_changes_only_if_it_is_another() {
    let change = |text: &str| ChangeEmailAddress { account: ACCOUNT, email: email(text) };
    let outcome = given::<Account>(opened("0")).when(change("alice@example.net")).await;
    outcome.then(EmailAddressChanged { email: email("alice@example.net") });
    given::<Account>(opened("0")).when(change("alice@example.org")).await.then_nothing();
}

#[tokio::test]
async fn a_password_is_kept_as_its_hash() {
    let former = PasswordChanged { hash: PasswordHash::from_stored("former") };
    let password = Password::new("correct horse").unwrap();
    let change = ChangePassword { account: ACCOUNT, password: password.clone() };
    let scenario = given::<Account>((opened("0"), former)).with_service(PasswordHasher::default());
    let mut kept = None;
    scenario.when(change).await.then_state(|account| kept = account.password().cloned());
    assert!(PasswordHasher::default().verify(password, kept.unwrap()).await.unwrap());
}

#[test]
fn no_secret_is_shown() {
    let hash = PasswordHash::from_stored("$argon2id$secret");
    let password = Password::new("my secret").unwrap();
    let shown = format!("{:?} {:?}", PasswordChanged { hash }, ChangePassword { account: ACCOUNT, password });
    assert!(!shown.contains("secret"), "{shown}");
}
