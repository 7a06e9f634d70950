//! What the account says to what is asked of it.

use cqrs::prelude::*;

use crate::{BankError, Money, PasswordHasher};

use super::{
    Account, AccountOpened, ChangeEmailAddress, ChangePassword, CreditAccount, DebitAccount,
    EmailAddressChanged, MoneyCredited, MoneyDebited, OpenAccount, PasswordChanged,
};

#[command_handler]
impl Account {
    fn open(command: OpenAccount) -> Result<AccountOpened, BankError> {
        let OpenAccount { account: _, owner, email, overdraft } = command;
        if owner.trim().is_empty() {
            return Err(BankError::NoOwner);
        }
        if overdraft.is_negative() {
            return Err(BankError::NegativeOverdraft { overdraft });
        }
        Ok(AccountOpened { owner, email, overdraft })
    }

    /// The address it has already is no news.
    fn change_email(&self, command: ChangeEmailAddress) -> Option<EmailAddressChanged> {
        let ChangeEmailAddress { account: _, email } = command;
        (email != self.email).then_some(EmailAddressChanged { email })
    }

    async fn change_password(
        &self,
        command: ChangePassword,
        hasher: Inject<PasswordHasher>,
    ) -> Result<PasswordChanged, BankError> {
        let hash = hasher.hash(command.password).await?;
        Ok(PasswordChanged { hash })
    }

    fn credit(&self, command: CreditAccount) -> Result<MoneyCredited, BankError> {
        let CreditAccount { account: _, amount, booked_on, operation } = command;
        positive(amount)?;
        self.balance.checked_add(amount).ok_or(BankError::TooMuch { balance: self.balance, amount })?;
        Ok(MoneyCredited { amount, booked_on, operation })
    }

    fn debit(&self, command: DebitAccount) -> Result<MoneyDebited, BankError> {
        let DebitAccount { account: _, amount, booked_on, operation } = command;
        positive(amount)?;
        if self.available() < amount {
            let (balance, overdraft) = (self.balance, self.overdraft);
            return Err(BankError::OverdraftExceeded { amount, balance, overdraft });
        }
        Ok(MoneyDebited { amount, booked_on, operation })
    }
}

impl Account {
    /// What can be taken out. Of more than money can express nobody can take out more than that.
    fn available(&self) -> Money {
        self.balance.checked_add(self.overdraft).unwrap_or(Money::MAX)
    }
}

fn positive(amount: Money) -> Result<(), BankError> {
    if amount > Money::ZERO { Ok(()) } else { Err(BankError::NotPositive { amount }) }
}
