//! The bodies of rows: without the ids that the row and the table of left-out ids tell.

use super::codec::{Named, Sealed, broken};
use super::left_out::leave_out;
use super::{Place, Vault};
use crate::error::Result;
use crate::link::Link;

impl Link {
    /// Seals the body of a row in `patient`'s chart, within the open transaction.
    ///
    /// # Errors
    /// `not_permitted` without the class key; when the id of the patient cannot be kept.
    pub(crate) fn seal_row(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        patient: Option<&str>,
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let dictionary = vault.dictionaries.newest(place.class);
        let Some(short) = leave_out(body, &place.key.id, patient) else {
            return self.codec.seal(vault, place, body);
        };
        let named = match patient {
            Some(id) if short.has_patient => Named {
                number: self.left_out.intern(&self.connection, id)?,
                id,
            },
            Some(_) | None => Named::default(),
        };
        self.codec
            .seal_with(vault, place, &short.body, &dictionary, Some(named))
    }

    /// Opens the body of a row, or of an earlier version of one.
    ///
    /// # Errors
    /// `not_permitted` without the class key; `integrity` when it was altered, moved or cut short.
    pub(crate) fn open_row(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        let sealed = Sealed::parse(sealed).ok_or_else(|| broken(place))?;
        self.with_patient(&sealed, |patient| {
            self.codec.open_with(vault, place, &sealed, patient)
        })
    }

    /// The body of a row in the same place, sealed under the present key of its class. It is not
    /// unpacked: dictionary and content stay as they are.
    ///
    /// # Errors
    /// As [`Link::open_row`].
    pub(crate) fn transfer_row(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        let sealed = Sealed::parse(sealed).ok_or_else(|| broken(place))?;
        self.with_patient(&sealed, |patient| {
            self.codec.transfer_with(vault, place, &sealed, patient)
        })
    }

    fn with_patient<T>(
        &self,
        sealed: &Sealed<'_>,
        work: impl FnOnce(Named<'_>) -> Result<T>,
    ) -> Result<T> {
        if sealed.patient == 0 {
            return work(Named::default());
        }
        let id = self.left_out.id(&self.connection, sealed.patient)?;
        work(Named {
            number: sealed.patient,
            id: &id,
        })
    }
}

#[cfg(test)]
mod tests {
    use haven_model::{Resource, ResourceKey, Timestamp};

    use crate::faults::{new_store, quick_folder};
    use crate::op::{Op, OpKind};
    use crate::store::Store;

    const NOW: Timestamp = Timestamp(1_795_442_700_000);
    const PATIENT: &str = "7f0e3a52-0000-4000-8000-00000000000a";
    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn weight(kg: u32) -> Resource {
        let body = format!(
            r#"{{"resourceType":"Observation","id":"{ID}","status":"final","code":{{"text":"Weight of {ID}"}},"subject":{{"reference":"Patient/{PATIENT}"}},"valueQuantity":{{"value":{kg}.0}}}}"#
        );
        Resource::parse(body.as_bytes()).expect("an observation")
    }

    fn save(store: &Store, resource: Resource) {
        store
            .transact(Op::new(OpKind::Edit, "amina", NOW), |tx| tx.edit(resource))
            .expect("saved");
    }

    fn sealed(store: &Store, table: &str) -> Vec<Vec<u8>> {
        let link = store.writer_for_tests();
        let mut statement = link
            .connection
            .prepare(&format!("SELECT body FROM {table}"))
            .expect("a table");
        let bodies = statement.query_map([], |row| row.get("body"));
        bodies
            .expect("rows")
            .map(|body| body.expect("a body"))
            .collect()
    }

    fn assert_whole(store: &Store) {
        let key = ResourceKey::new("Observation", ID).expect("a key");
        let now = store.get(&key).expect("reads").expect("is there");
        let text = |resource: Option<Resource>| resource.expect("live").bytes().to_vec();
        assert_eq!(text(now.resource), weight(82).bytes());
        let history = store.history(&key).expect("reads");
        let earlier = history.iter().find(|entry| entry.version == 1);
        assert_eq!(
            text(earlier.expect("kept").resource.clone()),
            weight(81).bytes()
        );
        let report = store.verify_deep().expect("looks");
        assert!(report.problems.is_empty(), "{:?}", report.problems);
    }

    #[test]
    fn ids_are_left_out_of_rows_and_history_and_spelled_out_for_an_older_schema() {
        let folder = quick_folder();
        let store = new_store(&folder.path().join("store"));
        save(&store, weight(81));
        save(&store, weight(82));
        for table in ["resource", "history"] {
            assert!(
                sealed(&store, table)
                    .iter()
                    .all(|body| body.first() == Some(&2)),
                "what {table} holds leaves ids out"
            );
        }
        assert_whole(&store);
        store.spell_out(NOW).expect("spelled out");
        for table in ["resource", "history"] {
            assert!(
                sealed(&store, table)
                    .iter()
                    .all(|body| body.first() == Some(&1))
            );
        }
        assert_whole(&store);
    }

    #[test]
    fn a_body_is_bound_to_the_id_that_it_leaves_out() {
        let folder = quick_folder();
        let store = new_store(&folder.path().join("store"));
        save(&store, weight(81));
        let other = "7f0e3a52-0000-4000-8000-00000000000b";
        store
            .writer_for_tests()
            .connection
            .execute(
                "UPDATE left_out SET id = ?1",
                [crate::table::code::IdIn(other)],
            )
            .expect("another patient is put in its place");
        let key = ResourceKey::new("Observation", ID).expect("a key");
        let refused = store
            .get(&key)
            .expect_err("must not tell of another patient");
        assert_eq!(refused.code().as_str(), "integrity");
    }
}
