//! A sale, from the announcement of the seats to the last payment. Every command has an id of its own, so that a run which goes
//! on after a kill asks for nothing twice.

use std::{error::Error, future::Future};

use conference::{
    OrderId,
    management::{CreateConference, DefineSeats, PublishConference},
    payments::{CompletePayment, InitiatePayment, Payment, Standing as Paid},
    registration::{
        SeatsAvailability,
        order::{PlaceOrder, Standing},
        read_models::DraftOrders,
    },
};
use cqrs::{Application, CommandId, dispatch::HandledCommand};
use tokio::task::JoinSet;

use crate::{
    sale::{Payers, Sale},
    waiting::{Progress, wait_until},
};

/// Sells out.
pub(crate) async fn sell(application: &Application, sale: &Sale, progress: &Progress) -> anyhow::Result<()> {
    announce(application, sale).await?;
    at_once(sale.ids(), |order| ask(application.clone(), sale, order)).await?;
    let settled = |standing| match sale.payers {
        Payers::InTime => standing != Standing::Placed,
        Payers::TooLate => standing == Standing::Expired,
    };
    orders_are(application, sale, progress, settled).await?;
    let payers = payers(application, sale);
    at_once(payers.into_iter(), |order| pay(application.clone(), sale, order)).await?;
    match sale.payers {
        Payers::InTime => {
            orders_are(application, sale, progress, |standing| standing != Standing::Reserved).await
        }
        Payers::TooLate => refunds_are_asked_for(application, sale, progress).await,
    }
}

/// Sends a command under an id that is the same in every run on the file.
async fn send<C: HandledCommand<Error: Error + Send + Sync + 'static>>(
    application: &Application,
    command: C,
    key: String,
) -> anyhow::Result<()> {
    let id = CommandId::derived(C::NAME, key);
    application.dispatch(command).command_id(id).await?;
    Ok(())
}

/// Creates and publishes the conference, and waits until its seats can be had.
async fn announce(application: &Application, sale: &Sale) -> anyhow::Result<()> {
    let (conference, title) = (sale.conference.clone(), sale.title.to_owned());
    send(application, CreateConference { conference, title }, sale.conference.to_string()).await?;
    for (seat_type, quantity) in sale.offered.iter() {
        let (conference, title, price) = (sale.conference.clone(), format!("Seat {seat_type}"), sale.price);
        let define = DefineSeats { conference, seat_type: seat_type.clone(), title, quantity, price };
        send(application, define, format!("{}/{seat_type}", sale.conference)).await?;
    }
    let conference = sale.conference.clone();
    send(application, PublishConference { conference }, sale.conference.to_string()).await?;
    wait_until(async || {
        let seats = application.repository::<SeatsAvailability>().find(&sale.conference).await?;
        let offered = seats.as_ref().and_then(|seats| seats.state());
        Ok(offered.is_some_and(|seats| {
            sale.offered.iter().all(|(seat_type, quantity)| seats.quantity(seat_type) == Some(quantity))
        }))
    })
    .await
}

/// Does the same for all orders beside each other, and waits for the last.
async fn at_once<F>(orders: impl Iterator<Item = OrderId>, what: impl Fn(OrderId) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let mut all: JoinSet<_> = orders.map(what).collect();
    while let Some(ended) = all.join_next().await {
        ended??;
    }
    Ok(())
}

fn ask(
    application: Application,
    sale: &Sale,
    order: OrderId,
) -> impl Future<Output = anyhow::Result<()>> + use<> {
    let (conference, seats, hold) = (sale.conference.clone(), sale.wanted.clone(), sale.hold);
    async move { send(&application, PlaceOrder { order, conference, seats, hold }, order.to_string()).await }
}

fn pay(
    application: Application,
    sale: &Sale,
    order: OrderId,
) -> impl Future<Output = anyhow::Result<()>> + use<> {
    let amount = sale.price.times(sale.wanted.count());
    async move {
        send(&application, InitiatePayment { order, amount }, order.to_string()).await?;
        send(&application, CompletePayment { order }, order.to_string()).await
    }
}

/// Those who have all their seats; and, where all are too late, everybody.
fn payers(application: &Application, sale: &Sale) -> Vec<OrderId> {
    let orders = application.projection::<DraftOrders>();
    let orders = orders.read();
    let pays = |standing| match sale.payers {
        Payers::InTime => standing == Standing::Reserved,
        Payers::TooLate => true,
    };
    sale.ids().filter(|id| orders.order(*id).is_some_and(|order| pays(order.standing))).collect()
}

/// Waits until all orders are as far as that.
async fn orders_are(
    application: &Application,
    sale: &Sale,
    progress: &Progress,
    settled: impl Fn(Standing) -> bool,
) -> anyhow::Result<()> {
    wait_until(async || {
        let orders = application.projection::<DraftOrders>();
        let orders = orders.read();
        let settled =
            sale.ids().filter_map(|id| orders.order(id)).filter(|order| settled(order.standing)).count();
        progress.reached(sale, settled);
        Ok(settled == sale.ids().count())
    })
    .await
}

async fn refunds_are_asked_for(
    application: &Application,
    sale: &Sale,
    progress: &Progress,
) -> anyhow::Result<()> {
    wait_until(async || {
        let mut asked_for = 0;
        for order in sale.ids() {
            let payment = application.repository::<Payment>().load(&order).await?;
            let standing = payment.state().map(Payment::standing);
            asked_for += usize::from(standing == Some(Paid::RefundRequested));
        }
        progress.reached(sale, asked_for);
        Ok(asked_for == sale.ids().count())
    })
    .await
}
