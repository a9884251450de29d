//! Stand-ins for Outlook over real HTTP.
