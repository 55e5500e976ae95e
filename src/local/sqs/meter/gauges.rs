//! What the gauges of a queue showed at past moments, told from its messages as they lie: between two operations
//! nothing changes but by the clock.

use std::collections::BTreeMap;

/// As much of a message as the gauges depend on.
#[derive(Debug)]
pub struct Lying {
    pub visible_at: i64,
    pub received: bool,
    pub expires_at: i64,
    /// Where its age counts from.
    pub since: i64,
    /// Received so often that it no longer counts as the oldest.
    pub poison: bool,
    pub group: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gauges {
    pub visible: i64,
    pub not_visible: i64,
    pub delayed: i64,
    /// In seconds; 0 where there is no message.
    pub age: i64,
    pub groups_in_flight: i64,
}

impl Gauges {
    pub fn holds_messages(&self) -> bool {
        self.visible + self.not_visible + self.delayed > 0
    }
}

/// For each of `moments`, which ascend.
pub fn at(messages: &[Lying], moments: &[i64]) -> Vec<Gauges> {
    let mut course = Course::new(moments.len());
    let first_not_before = |at: i64| moments.partition_point(|moment| *moment < at);
    for message in messages {
        let gone = first_not_before(message.expires_at);
        let shown = first_not_before(message.visible_at).min(gone);
        course.add(message, shown, gone);
    }
    let ages = course.ages(moments);
    let groups = course.groups(moments.len());
    let counts = course.visible.sums().zip(course.not_visible.sums());
    counts
        .zip(course.delayed.sums())
        .zip(ages)
        .zip(groups)
        .map(
            |((((visible, not_visible), delayed), age), groups_in_flight)| Gauges {
                visible,
                not_visible,
                delayed,
                age,
                groups_in_flight,
            },
        )
        .collect()
}

/// All the messages over all the moments.
struct Course<'a> {
    visible: Steps,
    not_visible: Steps,
    delayed: Steps,
    /// What is oldest of all whose last moment this is.
    oldest: Vec<i64>,
    /// The first moment at which nothing of a group is in flight.
    groups: BTreeMap<&'a str, usize>,
}

impl<'a> Course<'a> {
    fn new(length: usize) -> Self {
        Course {
            visible: Steps::new(length),
            not_visible: Steps::new(length),
            delayed: Steps::new(length),
            oldest: vec![i64::MAX; length],
            groups: BTreeMap::new(),
        }
    }

    /// A message that can be received at the moments from `shown` to before `gone`, and not before.
    fn add(&mut self, message: &'a Lying, shown: usize, gone: usize) {
        self.visible.add(shown, gone);
        if message.received {
            self.not_visible.add(0, shown);
            if let Some(group) = &message.group {
                let until = self.groups.entry(group).or_default();
                *until = shown.max(*until);
            }
        } else {
            self.delayed.add(0, shown);
        }
        if let Some(last) = gone.checked_sub(1)
            && !message.poison
        {
            self.oldest[last] = self.oldest[last].min(message.since);
        }
    }

    fn ages(&mut self, moments: &[i64]) -> Vec<i64> {
        // What is there at one moment was there at all the earlier ones.
        for index in (1..self.oldest.len()).rev() {
            self.oldest[index - 1] = self.oldest[index - 1].min(self.oldest[index]);
        }
        let ages = moments.iter().zip(&self.oldest);
        ages.map(|(at, since)| (at - since).max(0) / 1_000)
            .collect()
    }

    fn groups(&self, length: usize) -> impl Iterator<Item = i64> + use<> {
        let mut in_flight = Steps::new(length);
        for until in self.groups.values() {
            in_flight.add(0, *until);
        }
        in_flight.sums()
    }
}

/// Counts over a row of moments, kept as their changes.
struct Steps(Vec<i64>);

impl Steps {
    fn new(length: usize) -> Self {
        Steps(vec![0; length + 1])
    }

    /// One more from `start` on, up to before `end`.
    fn add(&mut self, start: usize, end: usize) {
        self.0[start] += 1;
        self.0[end] -= 1;
    }

    fn sums(self) -> impl Iterator<Item = i64> {
        self.0.into_iter().scan(0, |sum, step| {
            *sum += step;
            Some(*sum)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(visible_at: i64, received: bool, expires_at: i64, since: i64) -> Lying {
        Lying {
            visible_at,
            received,
            expires_at,
            since,
            poison: false,
            group: None,
        }
    }

    #[test]
    fn messages_become_visible_and_expire_as_time_goes_by() {
        let messages = [
            message(0, false, 200_000, 0),
            message(60_000, false, 400_000, 10_000),
            message(120_000, true, 400_000, 20_000),
        ];
        let shown = at(
            &messages,
            &[59_999, 60_000, 120_000, 200_000, 399_999, 400_000],
        );
        let told: Vec<[i64; 4]> = shown
            .iter()
            .map(|it| [it.visible, it.not_visible, it.delayed, it.age])
            .collect();
        assert_eq!(
            told,
            [
                [1, 1, 1, 59],
                [2, 1, 0, 60],
                [3, 0, 0, 120],
                [2, 0, 0, 190],
                [2, 0, 0, 389],
                [0, 0, 0, 0],
            ]
        );
    }

    #[test]
    fn a_poison_pill_has_no_age() {
        let mut pill = message(0, true, 1_000_000, 0);
        pill.poison = true;
        let messages = [pill, message(0, false, 1_000_000, 30_000)];
        assert_eq!(at(&messages, &[60_000])[0].age, 30);
        assert_eq!(at(&messages[..1], &[60_000])[0].age, 0);
    }

    #[test]
    fn a_group_is_in_flight_as_long_as_any_message_of_it() {
        let of = |group: &str, visible_at: i64| Lying {
            group: Some(group.to_owned()),
            ..message(visible_at, true, 1_000_000, 0)
        };
        let messages = [of("g", 10), of("g", 30), of("h", 20)];
        let shown = at(&messages, &[5, 15, 25, 35]);
        let groups: Vec<i64> = shown.iter().map(|it| it.groups_in_flight).collect();
        assert_eq!(groups, [2, 2, 1, 0]);
    }
}
