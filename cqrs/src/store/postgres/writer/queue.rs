//! The appends that wait, and what those being written hold.

use std::collections::VecDeque;

use super::{Member, holds::Holds};

#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Box<Member>>,
    /// What the running groups hold.
    held: Holds,
    running_alone: usize,
}

#[expect(clippy::vec_box, reason = "members come boxed out of the channel")]
impl Queue {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many members run without company because something blocks them.
    pub(super) fn running_alone(&self) -> usize {
        self.running_alone
    }

    pub(super) fn add(&mut self, member: Box<Member>) {
        self.waiting.push_back(member);
    }

    /// Gives back what a group held. Members without an outcome are tried again, before all that wait.
    pub(super) fn finish(&mut self, members: Vec<Box<Member>>, alone: bool) {
        self.running_alone -= usize::from(alone);
        for member in &members {
            self.held.remove(&member.append.needs);
        }
        for member in members.into_iter().rev().filter(|member| member.answer.is_some()) {
            self.waiting.push_front(member);
        }
    }

    /// The next members to write together, or one alone if such may run. Who needs for itself what a running group or
    /// somebody before it in the queue has, or guards what one of those writes, stays: so a stream that is guarded without
    /// end is still written.
    pub(super) fn next_group(
        &mut self,
        max: usize,
        max_bytes: usize,
        may_run_alone: bool,
    ) -> Vec<Box<Member>> {
        let (mut group, mut bytes): (Vec<Box<Member>>, _) = (Vec::new(), 0);
        let (mut passed, mut staying) = (Holds::default(), VecDeque::new());
        while group.len() < max
            && let Some(member) = self.waiting.pop_front()
        {
            let needs = &member.append.needs;
            let free = self.held.leave_room_for(needs) && passed.leave_room_for(needs);
            let fits = match group.first() {
                None => !member.alone || may_run_alone,
                Some(first) => !first.alone && !member.alone && bytes + member.append.bytes <= max_bytes,
            };
            if free && fits {
                bytes += member.append.bytes;
                self.held.add(needs);
                group.push(member);
            } else {
                passed.add(needs);
                staying.push_back(member);
            }
        }
        staying.append(&mut self.waiting);
        self.waiting = staying;
        self.running_alone += usize::from(group.first().is_some_and(|first| first.alone));
        group
    }
}
