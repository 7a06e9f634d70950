//! Whether the read models say what the events say.

use std::io::Write;

use anyhow::Context;
use bank::{
    Account, AccountId, Money, Password, PasswordHash, PasswordHasher, read_models::memory::Balances,
};

use crate::{Verdict, opening::Bank};

use super::commands::{ALICE, BOB, FORMER_PASSWORD, PASSWORD};

/// What is said about one account; here from the events, there from the read models.
#[derive(Debug, PartialEq)]
struct Known {
    owner: String,
    email: String,
    password: Option<PasswordHash>,
    balance: Money,
    overdraft: Money,
}

/// Shows, account by account, whether the models agree, and which password of Alice's is good.
pub(super) async fn show(bank: &Bank, out: &mut impl Write) -> Verdict {
    writeln!(out, "\nwrite and read model")?;
    let mut agrees = true;
    for account in [ALICE, BOB] {
        let (written, read) = (written(bank, account).await?, read(bank, account).await?);
        let in_memory = bank.application.projection::<Balances>().read().of(account);
        let agree = written == read && in_memory == Some(written.balance);
        let verdict = if agree { "agree" } else { "DO NOT AGREE" };
        writeln!(
            out,
            "  account {account}: {:#} written, {:#} read, they {verdict}",
            written.balance, read.balance
        )?;
        agrees &= agree;
    }
    Ok(agrees & show_login(bank, out).await?)
}

/// As folded from the events.
async fn written(bank: &Bank, id: AccountId) -> anyhow::Result<Known> {
    let root = bank.application.repository::<Account>().load(&id).await?;
    let account = root.state().with_context(|| format!("account {id} has ended"))?;
    Ok(Known {
        owner: account.owner().to_owned(),
        email: account.email().to_string(),
        password: account.password().cloned(),
        balance: account.balance(),
        overdraft: account.overdraft(),
    })
}

/// As the tables say.
async fn read(bank: &Bank, id: AccountId) -> anyhow::Result<Known> {
    let reading = bank.read();
    let user =
        reading.users().await?.into_iter().find(|user| user.account == id).context("not in table `users`")?;
    let account = reading
        .accounts(u32::MAX)
        .await?
        .into_iter()
        .find(|row| row.account == id)
        .context("not in table `accounts`")?;
    Ok(Known {
        owner: account.owner,
        email: user.email,
        password: user.password,
        balance: account.balance,
        overdraft: account.overdraft,
    })
}

async fn show_login(bank: &Bank, out: &mut impl Write) -> Verdict {
    let hash = read(bank, ALICE).await?.password.context("Alice has no password")?;
    let hasher = PasswordHasher::default();
    let fits = async |password: &str| {
        hasher.verify(Password::new(password)?, hash.clone()).await.map_err(anyhow::Error::from)
    };
    let (former, present) = (fits(FORMER_PASSWORD).await?, fits(PASSWORD).await?);
    let said = |good: bool| if good { "good" } else { "refused" };
    writeln!(out, "  Alice's former password is {}, her present one is {}", said(former), said(present))?;
    Ok(present && !former)
}
