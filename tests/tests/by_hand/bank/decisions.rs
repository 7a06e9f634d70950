//! What the account decides.

use std::convert::Infallible;

use cqrs::{
    command::{
        CommandContext, CommandHandlerInfo, Decide, Existence, HandlerError, Roots, argument, decided,
        existing,
    },
    event::{Event, EventKinds},
    handler::ArgumentInfo,
    services::{Inject, ServiceType},
};

use super::{
    Account, AccountClosed, AccountOpened, CloseAccount, CreditAccount, DebitAccount, HERE, MoneyCredited,
    MoneyDebited, OpenAccount, ReopenAccount, events::AccountEvent,
};

#[derive(Debug, PartialEq)]
pub enum BankError {
    NotEnough { balance: u64 },
}

impl std::fmt::Display for BankError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::NotEnough { balance } = self;
        write!(formatter, "only {balance} is there")
    }
}

impl std::error::Error for BankError {}

/// What a debit costs.
pub struct Fees {
    pub debit: u64,
}

const fn handler(name: &'static str, existence: Existence, emits: EventKinds) -> CommandHandlerInfo {
    CommandHandlerInfo { name, existence, emits, roots: Roots::One, arguments: &[], location: HERE }
}

type Decision<E> = Result<Vec<AccountEvent>, HandlerError<E>>;

impl Decide<OpenAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("open", Existence::Absent, AccountOpened::KINDS);

    async fn decide<'a>(
        _: Option<&'a Self>,
        command: OpenAccount,
        _: CommandContext<'a>,
    ) -> Decision<Infallible> {
        decided::<Self, _>(AccountOpened { owner: command.owner })
    }
}

impl Decide<CreditAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("credit", Existence::Existing, MoneyCredited::KINDS);

    async fn decide<'a>(
        _: Option<&'a Self>,
        command: CreditAccount,
        _: CommandContext<'a>,
    ) -> Decision<Infallible> {
        decided::<Self, _>(MoneyCredited { amount: command.amount })
    }
}

impl Decide<DebitAccount> for Account {
    type Error = BankError;

    const HANDLER: CommandHandlerInfo = CommandHandlerInfo {
        arguments: &[ArgumentInfo::Service(ServiceType::of::<Fees>())],
        ..handler("debit", Existence::Existing, MoneyDebited::KINDS)
    };

    async fn decide<'a>(
        this: Option<&'a Self>,
        command: DebitAccount,
        context: CommandContext<'a>,
    ) -> Decision<BankError> {
        let (account, fees) = (existing(this)?, argument::<Inject<Fees>>(context)?);
        decided::<Self, _>(account.debit(&command, fees.debit))
    }
}

impl Account {
    /// What the user would write.
    fn debit(&self, command: &DebitAccount, fee: u64) -> Result<Option<MoneyDebited>, BankError> {
        let amount = command.amount;
        if self.balance < amount + fee {
            return Err(BankError::NotEnough { balance: self.balance });
        }
        Ok((amount > 0).then_some(MoneyDebited { amount, fee }))
    }
}

impl Decide<CloseAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("close", Existence::Existing, AccountClosed::KINDS);

    async fn decide<'a>(_: Option<&'a Self>, _: CloseAccount, _: CommandContext<'a>) -> Decision<Infallible> {
        decided::<Self, _>(AccountClosed)
    }
}

impl Decide<ReopenAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("reopen", Existence::Either, AccountOpened::KINDS);

    async fn decide<'a>(
        _: Option<&'a Self>,
        _: ReopenAccount,
        _: CommandContext<'a>,
    ) -> Decision<Infallible> {
        decided::<Self, _>(AccountOpened { owner: "nobody".to_owned() })
    }
}
