//! What start refuses of process managers, all of it in one error.

use cqrs::{
    prelude::*,
    registry::{Problem, Registry},
    services::Services,
};
use registration::{Conference, Order, Registration};

fn problems(register: impl FnOnce(&mut Registry)) -> Vec<Problem> {
    let mut registry = Registry::empty();
    register(&mut registry);
    registry.problems("memory", &Services::default())
}

#[test]
fn a_registry_lists_process_managers_with_what_whoever_runs_them_needs() {
    let registry = Registry::collect();
    let entry = registry.process_managers().iter().find(|entry| entry.name == "registration").unwrap();
    assert_eq!((entry.category, entry.version), ("process/registration", 1));
    assert_eq!(entry.from, cqrs::process::StartFrom::Now);
    assert_eq!(
        entry.triggers(),
        [
            "order-placed",
            "order-noted",
            "seats-reserved",
            "payment-completed",
            "process/timer",
            "process/refused",
            "process/ended"
        ]
    );
    assert!(registry.events().iter().any(|kind| kind.name == "registration-expired"));
    assert!(!registry.events().iter().any(|kind| kind.name.contains('/')));
    let without = Registry::collect().without::<Registration>();
    assert!(!without.process_managers().iter().any(|entry| entry.name == "registration"));
}

#[test]
fn a_right_one_is_no_problem() {
    let found = problems(|registry| {
        registry.aggregate::<Conference>();
        registry.aggregate::<Order>();
        registry.process_manager::<Registration>();
        registry.process_manager::<Registration>();
    });
    assert_eq!(found, []);
}

#[derive(Event, Serialize, Deserialize)]
pub struct Begun {}

/// Two of one name, and that of an aggregate; in modules, since the type makes the name.
mod one {
    use super::*;

    #[derive(ProcessManager, Serialize, Deserialize)]
    #[process_manager(id = u32, from = now, name = "order", correlate = stream)]
    pub struct Ordering {}

    #[event_handler]
    impl Ordering {
        fn begun(_: &Begun) -> Self {
            Self {}
        }
    }
}

mod two {
    use super::*;

    #[derive(ProcessManager, Serialize, Deserialize)]
    #[process_manager(id = u32, from = now, name = "order", correlate = stream)]
    pub struct Ordering {}

    #[event_handler]
    impl Ordering {
        fn begun(_: &Begun) -> Self {
            Self {}
        }
    }
}

#[test]
fn names_of_process_managers_and_categories_are_one_namespace() {
    let found = problems(|registry| {
        registry.aggregate::<Order>();
        registry.process_manager::<one::Ordering>();
        registry.process_manager::<two::Ordering>();
    });
    let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(
        texts.iter().all(|text| text.starts_with("two categories of streams are named `order`: ")),
        "{texts:#?}"
    );
}

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = String)]
pub struct Journey {}

#[event_handler]
impl Journey {
    fn begun(_: &Begun) -> Self {
        Self {}
    }
}

#[test]
fn a_stream_whose_keys_are_other_ids_is_refused() {
    let found = problems(|registry| {
        registry.aggregate::<Journey>();
        registry.process_manager::<one::Ordering>();
    });
    assert!(
        matches!(found.as_slice(), [Problem::OtherKey { handler: "begun", id: "u32", .. }]),
        "{found:#?}"
    );
}

#[tokio::test]
async fn timers_on_a_store_that_keeps_nothing_that_waits_are_refused() {
    let store = cqrs_tests::faulty::FaultyStore::around(MemoryStore::new());
    store.schedules_nothing();
    let builder = Application::builder().store(store).registry(crate::world::registry());
    let error = builder.start().await.unwrap_err().to_string();
    assert!(error.contains("process manager `registration` at "), "{error}");
    assert!(error.contains(" has timers, but memory keeps nothing that waits for a time"), "{error}");
}
