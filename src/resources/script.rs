//! What a fake AWS is told to refuse, and what it was asked.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::model::failure::{Failure, FailureKind};

#[derive(Default)]
pub struct Script {
    failing: RefCell<BTreeMap<&'static str, (usize, Failure)>>,
    calls: RefCell<Vec<String>>,
}

impl Script {
    /// The next so many calls of an operation fail.
    pub fn fail(&self, operation: &'static str, times: usize, kind: FailureKind) {
        let failure = Failure::new(kind, format!("{operation} said no"));
        self.failing
            .borrow_mut()
            .insert(operation, (times, failure));
    }

    pub fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    pub fn record(&self, operation: &str, about: &str) {
        self.calls.borrow_mut().push(format!("{operation} {about}"));
    }

    /// # Errors
    /// The failure that the operation was told to end with.
    pub fn answer(&self, operation: &str) -> Result<(), Failure> {
        match self.failing.borrow_mut().get_mut(operation) {
            Some((times, failure)) if *times > 0 => {
                *times -= 1;
                Err(failure.clone())
            }
            _ => Ok(()),
        }
    }
}
