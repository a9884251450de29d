//! The laws every engine must keep.
