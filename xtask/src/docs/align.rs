//! How examples of an object fit the table that describes it: does the table describe the object itself, or the
//! values behind its keys?

use super::infer;
use super::json::Json;

/// Samples sorted by what the table describes in them.
#[derive(Debug, Default, PartialEq)]
pub struct Aligned<'a> {
    /// Objects whose keys are the table's names.
    pub direct: Vec<&'a Json>,
    /// Objects behind keys that are data.
    pub by_key: Vec<&'a Json>,
    /// The objects with those keys.
    pub by_key_of: Vec<&'a Json>,
    /// Whether there are lists behind the keys, and other things in them than objects.
    pub lists: bool,
    pub beside: Vec<&'a Json>,
    /// Objects that have nothing to do with the table.
    pub strange: Vec<&'a Json>,
}

/// Sorts samples of objects (or of lists of them) by the names that a table has.
pub fn align<'a>(samples: &[&'a Json], names: &[&str]) -> Aligned<'a> {
    let mut aligned = Aligned::default();
    let mut objects = infer::maps(samples);
    objects.extend(infer::maps(&infer::elements(samples)));
    for object in objects {
        let behind = infer::map_values(&[object]);
        let values = infer::maps(&behind);
        let elements = infer::elements(&behind);
        if fits(object, names) {
            aligned.direct.push(object);
        } else if values.is_empty() && !elements.is_empty() && infer::has_odd_keys(&[object]) {
            aligned.lists = true;
            let is_object = |value: &&Json| matches!(value, Json::Object(_));
            let (objects, others): (Vec<&Json>, Vec<&Json>) = elements.into_iter().partition(is_object);
            aligned.by_key.extend(objects);
            aligned.beside.extend(others);
        } else if values.iter().any(|value| fits(value, names)) {
            aligned.by_key.extend(values);
            aligned.by_key_of.push(object);
        } else {
            aligned.strange.push(object);
        }
    }
    aligned
}

fn fits(object: &Json, names: &[&str]) -> bool {
    let keys = infer::keys(&[object]);
    keys.iter()
        .any(|key| names.iter().any(|name| name.eq_ignore_ascii_case(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::json;

    #[test]
    fn samples_are_sorted_by_what_the_table_describes() {
        let direct = json::read(r#"{"bulb": "E14", "extra": 1}"#).unwrap();
        let keyed = json::read(r#"{"hall": {"BULB": "E27"}, "attic": {"watt": 5}}"#).unwrap();
        let listed = json::read(r#"[{"watt": 7}, 3]"#).unwrap();
        let strange = json::read(r#"{"glass": 1}"#).unwrap();
        let empty = json::read("{}").unwrap();
        let aligned = align(&[&direct, &keyed, &listed, &strange, &empty], &["bulb", "watt"]);
        assert_eq!(aligned.direct.len(), 2);
        assert_eq!(aligned.by_key.len(), 2);
        assert_eq!(aligned.strange, [&strange]);
    }
}
