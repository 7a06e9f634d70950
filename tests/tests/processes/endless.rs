//! Chains of causes, through processes and event handlers.

use std::time::Duration;

use cqrs::{
    handler::{BoxError, EventArgument, EventContext, EventHandler, EventHandlerInfo, StartFrom},
    prelude::*,
    registry::Registry,
    store::BoxFuture,
};

use crate::world::{builder, clock, places, told};

#[derive(Event, Serialize, Deserialize)]
pub struct Called {
    pub echo: u32,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Answered {}

#[derive(Command, Serialize, Deserialize)]
pub struct Call {
    #[command(id)]
    pub echo: u32,
    pub through_a_handler: bool,
}

#[derive(Command, Serialize, Deserialize)]
pub struct Answer {
    #[command(id)]
    pub echo: u32,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
pub struct Mountain {}

#[event_handler]
impl Mountain {
    fn called(&mut self, _: &Called) {}
    fn answered(&mut self, _: &Answered) {}
}

#[command_handler]
impl Mountain {
    fn call(_: Option<&Self>, command: Call) -> Vec<MountainEvent> {
        let called = Called { echo: command.echo };
        if command.through_a_handler { vec![Answered {}.into()] } else { vec![called.into()] }
    }

    fn answer(_: Option<&Self>, command: Answer) -> Called {
        Called { echo: command.echo }
    }
}

/// It answers its own calls for ever, and every other time an event handler stands in between.
#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u32, from = now)]
pub struct Echo {
    times: u32,
}

#[event_handler]
impl Echo {
    #[correlate(event.echo)]
    fn first(event: &EchoAsked, mut outbox: Outbox<'_, Self>) -> Self {
        outbox.send(Call { echo: event.echo, through_a_handler: false });
        Self { times: 0 }
    }

    #[correlate(cause)]
    fn again(&mut self, event: &Called, mut outbox: Outbox<'_, Self>) {
        self.times += 1;
        outbox.send(Call { echo: event.echo, through_a_handler: self.times.is_multiple_of(2) });
    }
}

#[derive(Event, Serialize, Deserialize)]
pub struct EchoAsked {
    pub echo: u32,
}

/// It stands in between: what it dispatches goes on with the chain.
pub struct Answering;

impl EventHandler for Answering {
    type Event = Answered;

    const NAME: &'static str = "answering";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Now;
    const INFO: EventHandlerInfo = EventHandlerInfo::new("answering", Self::KINDS)
        .taking(&[<Inject<Dispatcher> as EventArgument<'_, Answered>>::INFO]);

    fn handle<'a>(_: &'a Answered, context: &'a EventContext<'a>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let dispatcher: Inject<Dispatcher> = <_ as EventArgument<'_, Answered>>::extract(context)?;
            let echo = context.event().key.parse()?;
            dispatcher.dispatch(Answer { echo }).await?;
            Ok(())
        })
    }
}

#[derive(Command, Serialize, Deserialize)]
pub struct AskForEcho {
    #[command(id)]
    pub echo: u32,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
pub struct Hiker {}

#[event_handler]
impl Hiker {
    fn asked(&mut self, _: &EchoAsked) {}
}

#[command_handler]
impl Hiker {
    fn ask(_: Option<&Self>, command: AskForEcho) -> EchoAsked {
        EchoAsked { echo: command.echo }
    }
}

fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Mountain>();
    registry.aggregate::<Hiker>();
    registry.command::<Call>();
    registry.command::<Answer>();
    registry.command::<AskForEcho>();
    registry.process_manager::<Echo>();
    registry.event_handler::<Answering>();
    registry
}

#[tokio::test]
async fn a_process_that_answers_its_own_events_for_ever_is_stopped_and_others_are_not() {
    let here = places().await.swap_remove(0);
    let clock = clock();
    let app = builder(&here.store).registry(registry()).clock(clock.clone()).start().await.unwrap();
    app.dispatch(AskForEcho { echo: 1 }).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    assert_eq!(told::<Echo>(&*here.store, &1).await.len(), 1_000);
    let letters = app.dead_letters("process/echo/steps").list().await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(
        letter.letter.error,
        "1000 steps of processes have followed on one first cause, without a pause: a process answers its own events"
    );
    let findings = app.health().await.findings;
    assert!(findings[0].starts_with("`process/echo/steps` has dead letters: 1"), "{findings:?}");
    app.shutdown().await.unwrap();
}
