//! The calendar providers behind one contract.

pub mod contract;
