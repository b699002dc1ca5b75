//! Support that the tests of the library and of the command share: servers, scripted answers, and
//! the search for a planted secret.

pub mod app_config;
pub mod environment;
pub mod folder;
pub mod guide;
pub mod node;
pub mod peers;
pub mod planted;
pub mod python;
pub mod scripted;
pub mod target;
pub mod tool;
