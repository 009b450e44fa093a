// For the generator's owner: `entry::<crate::landing::site::Publication>(),` and so on, one line a method, ordered by scope and name,
// each under the feature of its scope.
//! All methods that are compiled in.

use crate::registry::Entry;

/// By scope and name.
pub(crate) static ENTRIES: &[Entry] = &[];
