//! A run as a table that is drawn in place while it goes on. Three parts: [`View`] turns events and keys into rows, with
//! time as an argument; [`draw`] turns a view into lines of text; [`terminal`] alone has to do with a terminal.

pub mod draw;
pub mod keys;
mod screen;
pub mod stage;
pub mod state;
pub mod terminal;
pub mod window;

pub use stage::{Class, Filter, Stage};
pub use state::{Act, Row, View};
pub use terminal::Live;
