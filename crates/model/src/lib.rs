//! The collections declared once as data, typed documents, ids, clock, validation.
