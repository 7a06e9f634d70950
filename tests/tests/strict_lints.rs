//! The lints of a strict crate, which `cargo clippy` checks: what the macros write must not need an exception.
#![forbid(unsafe_code)]
#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic)]
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications)]
#![deny(single_use_lifetimes, trivial_casts, unused_results, unused_lifetimes, private_interfaces)]
#![deny(elided_lifetimes_in_paths, let_underscore_drop, non_local_definitions, rust_2018_idioms)]

mod domain {
    //! A domain within a program.

    use cqrs::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Event, Serialize, Deserialize, Debug)]
    pub(crate) struct Opened {
        #[event(tag)]
        pub(crate) owner: String,
    }

    #[derive(Event, Serialize, Deserialize, Debug)]
    pub(crate) enum Address {
        Changed { city: String },
        Confirmed,
    }

    #[derive(Command, Serialize, Deserialize, Debug)]
    pub(crate) struct Open(#[command(id)] pub(crate) u64);

    #[derive(Command, Serialize, Deserialize, Debug)]
    pub(crate) struct Confirm(#[command(id)] pub(crate) u64);

    #[derive(Aggregate, Serialize, Deserialize, Debug)]
    #[aggregate(id = u64)]
    pub(crate) struct Account {
        owner: String,
    }

    #[event_handler]
    impl Account {
        fn opened(event: &Opened) -> Self {
            Self { owner: event.owner.clone() }
        }

        fn moved(&mut self, event: &Address) {
            if let Address::Changed { city } = event {
                self.owner.push_str(city);
            }
        }
    }

    #[command_handler]
    impl Account {
        fn open(command: Open) -> Opened {
            Opened { owner: command.0.to_string() }
        }

        fn confirm(&self, _: Confirm, limit: Inject<u64>) -> Option<Address> {
            (self.owner.len() as u64 > *limit).then_some(Address::Confirmed)
        }
    }

    #[event_handler(from = now)]
    async fn welcome(_: &Opened, _: Inject<u64>) {
        std::future::ready(()).await;
    }

    #[derive(Event, Serialize, Deserialize, Debug)]
    pub(crate) struct Asked {
        pub(crate) number: u64,
    }

    #[derive(Event, Serialize, Deserialize, Debug)]
    pub(crate) struct Reminded;

    #[derive(ProcessManager, Serialize, Deserialize, Debug)]
    #[process_manager(id = u64, from = now)]
    pub(crate) enum Opening {
        Asked { number: u64 },
        Opened,
    }

    #[event_handler]
    impl Opening {
        #[correlate(event.number)]
        fn asked(event: &Asked, mut outbox: Outbox<'_, Self>) -> Self {
            let _ = outbox.send(Open(event.number)).expires_after(std::time::Duration::from_secs(1));
            outbox.schedule(Reminded).after(std::time::Duration::from_mins(1));
            Self::Asked { number: event.number }
        }

        #[correlate(stream)]
        fn opened(self, _: &Opened, account: Id<Account>) -> Self {
            match self {
                Self::Asked { number } if number == *account => Self::Opened,
                other => other,
            }
        }

        #[correlate(cause)]
        fn moved(&mut self, _: &Address) {}

        #[timer]
        fn reminded(self, _: &Reminded, mut outbox: Outbox<'_, Self>) -> Ended {
            outbox.cancel::<Reminded>();
            Ended
        }

        fn not_opened(self, _: &Refused<Open>) -> Ended {
            Ended
        }
    }

    pub(crate) fn changed() -> AccountEvent {
        AccountEvent::Moved(Address::Changed { city: String::new() })
    }
}

/// A library's public face.
pub mod api {
    use cqrs::prelude::*;
    use serde::{Deserialize, Serialize};

    /// Something was placed.
    #[derive(Event, Serialize, Deserialize, Debug)]
    pub struct Placed;

    /// Known to this crate only, though the aggregate is not.
    #[derive(Event, Serialize, Deserialize, Debug)]
    struct Noted;

    /// An order.
    #[derive(Aggregate, Serialize, Deserialize, Debug)]
    #[aggregate(id = u64)]
    pub struct Order;

    #[event_handler]
    impl Order {
        fn placed(_: &Placed) -> Self {
            Self
        }

        fn noted(&mut self, _: &Noted) {}
    }
}

#[test]
fn the_domain_of_a_strict_crate_compiles() {
    let kinds = <domain::AccountEvent as cqrs::event::Event>::KINDS.to_vec();
    assert_eq!(kinds.len(), 3);
    drop(domain::changed());
}
