//! Delays and expiries of commands, which count from the trigger's own time.

use registration::{OrderId, Remind, ReminderDue};

use crate::recorded::{at, noted, order, recorded, started, step_after};

#[test]
fn delays_count_from_the_triggers_time() {
    let step = step_after(Some(&started()), &recorded(order(), &noted("remind")));
    let command = &step.commands[0];
    assert_eq!((command.due, command.expires), (Some(at("12:01:00")), Some(at("12:01:05"))));
    assert_eq!(step.timers[0].due, at("12:02:00"));
    let (remind, due): (Remind, ReminderDue) = (
        serde_json::from_str(command.payload.as_json()).unwrap(),
        serde_json::from_str(step.timers[0].payload.as_json()).unwrap(),
    );
    assert_eq!((remind, due), (Remind { order: OrderId(7), number: 1 }, ReminderDue { number: 1 }));
}
