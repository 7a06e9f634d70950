//! Conference management.

use conference::{
    Price,
    management::{
        Conference, ConferenceCreated, ConferenceEvent, ConferencePublished, ConferenceUnpublished,
        CreateConference, DefineSeats, ManagementError, PublishConference, SeatsAnnounced, SeatsDefined,
        UnpublishConference,
    },
};
use cqrs::testing::{Rule, TestApplication, given, given_nothing};

fn create(name: &str) -> CreateConference {
    CreateConference { conference: name.into(), title: "Rust".to_owned() }
}

fn created() -> ConferenceCreated {
    ConferenceCreated { conference: "rust".into(), title: "Rust".to_owned() }
}

fn define(quantity: u32) -> DefineSeats {
    let (title, price) = ("Hall".to_owned(), Price::hundredths(1_000));
    DefineSeats { conference: "rust".into(), seat_type: "A".into(), title, quantity, price }
}

fn defined(quantity: u32, version: u32) -> SeatsDefined {
    let (title, price) = ("Hall".to_owned(), Price::hundredths(1_000));
    SeatsDefined { seat_type: "A".into(), title, quantity, price, version }
}

fn announced(quantity: u32, version: u32) -> SeatsAnnounced {
    let (title, price) = ("Hall".to_owned(), Price::hundredths(1_000));
    SeatsAnnounced { conference: "rust".into(), seat_type: "A".into(), title, quantity, price, version }
}

fn publish() -> PublishConference {
    PublishConference { conference: "rust".into() }
}

#[tokio::test]
async fn a_short_name_is_one_conference_only() {
    let app = TestApplication::builder().start().await;
    app.when(create("rust")).await.then::<Conference>(&"rust".into(), created());
    app.when(create("rust")).await.then_not_allowed(Rule::AlreadyExists);
    for name in ["", "Rust", "rust 2027", "rust/2027"] {
        let refused = ManagementError::NotAShortName(name.into());
        given_nothing::<Conference>().when(create(name)).await.then_rejected(refused);
    }
}

#[tokio::test]
async fn seats_are_announced_when_the_conference_is_first_published() {
    given::<Conference>(created()).when(define(10)).await.then(defined(10, 1));
    let history = given::<Conference>((created(), defined(10, 1), defined(12, 2)));
    history.when(publish()).await.then((ConferencePublished {}, announced(12, 2)));
    given::<Conference>(created()).when(publish()).await.then_rejected(ManagementError::NoSeats);
}

#[tokio::test]
async fn published_again_it_announces_nothing_again() {
    let published = || -> Vec<ConferenceEvent> {
        vec![created().into(), defined(10, 1).into(), ConferencePublished {}.into(), announced(10, 1).into()]
    };
    given::<Conference>(published()).when(publish()).await.then_nothing();
    let unpublish = UnpublishConference { conference: "rust".into() };
    given::<Conference>(published()).when(unpublish).await.then(ConferenceUnpublished {});
    let history = given::<Conference>((published(), ConferenceUnpublished {}));
    history.when(publish()).await.then(ConferencePublished {});
}

#[tokio::test]
async fn what_changes_later_is_announced_at_once() {
    let history = given::<Conference>((created(), defined(10, 1), ConferencePublished {}, announced(10, 1)));
    history.when(define(8)).await.then((defined(8, 2), announced(8, 2)));
}
