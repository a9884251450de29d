//! The store port: reads and one atomic commit; the contract suite every engine runs.
