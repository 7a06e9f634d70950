//! A command that is sent again after its type was changed, by whoever knows only the new program.
#![allow(missing_docs, reason = "the domain is a test's")]

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    fmt::Debug,
    path::Path,
};

use cqrs::{command::Command, dispatch::HandledCommand, prelude::*, registry::Registry, store::Store};
use cqrs_tests::{audit::all_events, child};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct InvoiceSent;

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, Default)]
#[aggregate(id = u32)]
pub struct Invoice;

#[event_handler]
impl Invoice {
    fn sent(&mut self, _: &InvoiceSent) {}
}

/// The programs, one after the other.
mod programs {
    pub mod first {
        use super::super::*;

        #[derive(Command, Serialize, Deserialize, Debug, Clone)]
        pub struct SendInvoice {
            #[command(id)]
            pub invoice: u32,
            pub amount: i64,
            pub lines: Vec<Line>,
        }

        #[derive(Serialize, Deserialize, Debug, Clone)]
        pub struct Line {
            pub text: String,
        }
    }

    /// With a field more, under another name.
    pub mod second {
        use super::{super::*, first::Line};

        #[derive(Command, Serialize, Deserialize, Debug, Clone)]
        #[command(name = "bill", alias = "send-invoice")]
        pub struct Bill {
            #[command(id)]
            pub invoice: u32,
            pub amount: i64,
            pub lines: Vec<Line>,
            #[serde(default)]
            pub note: Option<String>,
        }
    }

    /// Only under another name.
    pub mod renamed {
        use super::{super::*, first::Line};

        #[derive(Command, Serialize, Deserialize, Debug, Clone)]
        #[command(alias = "send-invoice")]
        pub struct SendBill {
            #[command(id)]
            pub invoice: u32,
            pub amount: i64,
            pub lines: Vec<Line>,
        }
    }

    /// A type inside it has another form, which the macro does not see.
    pub mod inside {
        use super::super::*;

        #[derive(Command, Serialize, Deserialize, Debug, Clone)]
        pub struct SendInvoice {
            #[command(id)]
            pub invoice: u32,
            pub amount: i64,
            pub lines: Vec<Line>,
        }

        #[derive(Serialize, Deserialize, Debug, Clone)]
        pub struct Line {
            pub text: String,
            #[serde(default)]
            pub count: u32,
        }
    }

    /// The same, and it says so.
    pub mod raised {
        use super::{super::*, inside::Line};

        #[derive(Command, Serialize, Deserialize, Debug, Clone)]
        #[command(version = 2)]
        pub struct SendInvoice {
            #[command(id)]
            pub invoice: u32,
            pub amount: i64,
            pub lines: Vec<Line>,
        }
    }
}

use programs::{first, inside, raised, renamed, second};

/// What is written in another order each time.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct SendMany {
    #[command(id)]
    pub invoice: u32,
    pub amounts: HashMap<String, i64>,
}

/// The same, of a type in which the order of a list cannot be told from that of a set.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct SendToMany {
    #[command(id)]
    pub invoice: u32,
    pub to: HashSet<String>,
    pub copies: Option<Vec<HashSet<u8>>>,
}

/// In blocks of their own: the compiler refuses two commands of one stored name in a block.
macro_rules! all_send {
    ($($name:ident: $command:ty),*) => {
        $(#[command_handler]
        impl Invoice {
            fn $name(_: Option<&Self>, _: $command) -> InvoiceSent { InvoiceSent }
        })*
    };
}

all_send!(
    send_first: first::SendInvoice,
    send_second: second::Bill,
    send_renamed: renamed::SendBill,
    send_inside: inside::SendInvoice,
    send_raised: raised::SendInvoice,
    send_many: SendMany,
    send_to_many: SendToMany
);

async fn program<C: HandledCommand>(store: impl Store) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Invoice>();
    registry.command::<C>();
    Application::builder().store(store).registry(registry).start().await.unwrap()
}

/// The first program handles the command; what the next one, on the same file, makes of it, by type and by name.
async fn sent_again<C: HandledCommand<Error: Error> + Clone + Debug>(
    command: C,
) -> Vec<Result<Receipt, String>> {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(folder.path().join("invoices.db")).unwrap();
    let id = CommandId::derived("invoices", 1);
    let sent = first::SendInvoice { invoice: 1, amount: 5, lines: vec![first::Line { text: "a".into() }] };
    let app = program::<first::SendInvoice>(open()).await;
    let first = app.dispatch(sent.clone()).command_id(id).await.unwrap();
    app.shutdown().await.unwrap();
    let app = program::<C>(open()).await;
    let typed = app.dispatch(command).command_id(id).await.map_err(|error| error.to_string());
    // What was in a queue, or is sent by a client of yesterday.
    let json = serde_json::to_string(&sent).unwrap();
    let queued = app.dispatch_json(first::SendInvoice::NAME, json).command_id(id).await;
    let all = vec![typed, queued.map_err(|error| error.to_string())];
    for receipt in all.iter().flatten() {
        assert!(receipt.repeated && receipt.appended == first.appended, "{receipt:?}");
    }
    assert_eq!(all_events(&**app.store()).await.len(), 1);
    app.shutdown().await.unwrap();
    all
}

fn line() -> Vec<first::Line> {
    vec![first::Line { text: "a".into() }]
}

#[tokio::test]
async fn with_a_new_field_and_a_new_name_it_is_the_same_command() {
    for note in [None, Some("urgent".to_owned())] {
        let command = second::Bill { invoice: 1, amount: 5, lines: line(), note };
        assert!(sent_again(command).await.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn with_a_new_name_alone_it_is_the_same_command_and_another_content_is_not() {
    let command = |amount| renamed::SendBill { invoice: 1, amount, lines: line() };
    assert!(sent_again(command(5)).await.iter().all(Result::is_ok));
    let all = sent_again(command(6)).await;
    assert!(all[0].is_err() && all[1].is_ok(), "{all:?}");
}

#[tokio::test]
async fn another_content_is_refused_and_the_error_says_what_to_do_if_it_is_the_form() {
    let command = first::SendInvoice { invoice: 1, amount: 6, lines: line() };
    let all = sent_again(command).await;
    let error = all[0].as_ref().unwrap_err();
    assert!(error.contains("`send-invoice`") && error.contains("raise its `version`"), "{error}");
}

#[tokio::test]
async fn a_form_that_changed_inside_is_not_seen_until_the_version_is_raised() {
    let lines = || vec![inside::Line { text: "a".into(), count: 0 }];
    let unseen = sent_again(inside::SendInvoice { invoice: 1, amount: 5, lines: lines() }).await;
    assert!(
        unseen.iter().all(|each| each.as_ref().is_err_and(|error| error.contains("raise its `version`")))
    );
    let raised = sent_again(raised::SendInvoice { invoice: 1, amount: 5, lines: lines() }).await;
    assert!(raised.iter().all(Result::is_ok), "{raised:?}");
}

fn names() -> impl Iterator<Item = String> {
    (0..100).map(|number| format!("customer {number}"))
}

fn many() -> SendMany {
    SendMany { invoice: 1, amounts: names().zip(0..).collect() }
}

fn to_many() -> SendToMany {
    SendToMany { invoice: 2, to: names().collect(), copies: None }
}

/// Both commands, each under an id of its own.
async fn send_many(file: &Path) -> [Receipt; 2] {
    let app = program::<SendMany>(SqliteStore::open(file).unwrap()).await;
    let first = app.dispatch(many()).command_id(CommandId::derived("many", 1)).await.unwrap();
    app.shutdown().await.unwrap();
    let app = program::<SendToMany>(SqliteStore::open(file).unwrap()).await;
    let second = app.dispatch(to_many()).command_id(CommandId::derived("many", 2)).await.unwrap();
    app.shutdown().await.unwrap();
    [first, second]
}

const OTHER_ORDER: &str = "what_another_process_writes_in_another_order_is_the_same_command";

#[tokio::test]
async fn what_another_process_writes_in_another_order_is_the_same_command() {
    if let Some(orders) = child::orders(OTHER_ORDER) {
        assert!(send_many(&orders.file).await.iter().all(|receipt| !receipt.repeated));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("invoices.db");
    let mut child = child::start(OTHER_ORDER, &file, 0);
    assert!(child.wait().await.unwrap().success());
    assert!(send_many(&file).await.iter().all(|receipt| receipt.repeated));
    let app = program::<SendMany>(SqliteStore::open(&file).unwrap()).await;
    let mut other = many();
    other.amounts.insert("customer 7".into(), 8);
    let refused = app.dispatch(other).command_id(CommandId::derived("many", 1)).await.unwrap_err();
    assert!(matches!(refused, DispatchError::CommandIdReused { .. }), "{refused:?}");
}
