//! Documents and pictures of a chart, and how their content stands.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::SyncBadge;

/// The attachments of one chart.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentsView {
    /// Each, in the order of the list of documents.
    pub rows: Vec<AttachmentView>,
    /// Whether the user's role may add one.
    pub may_add: bool,
    /// Where files of the person's own lie: "/home/ada/".
    pub folder: String,
    /// Where a document can be written to, the usual place first.
    pub folders: Vec<FolderView>,
    /// What kinds of document there are, to choose from; any other words are taken, too.
    pub kinds: Vec<String>,
}

/// A folder to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FolderView {
    /// "Downloads".
    pub name: String,
    /// "/home/ada/Downloads/".
    pub path: String,
}

/// One attachment.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentView {
    /// The Binary's id.
    pub id: String,
    /// The document that refers to it: `DocumentReference/…`.
    pub owner: String,
    /// "PDF", "JPEG picture"; the media type where it is none of the usual ones.
    pub kind: String,
    /// "11 MB"; "Size not known".
    pub size: String,
    /// "On this device", "Not on this device", "3 MB of 11 MB on this device".
    pub state: SyncBadge,
    /// Why it is not here, and what comes next; empty when there is nothing to say.
    pub detail: String,
    /// Whether it can be written to a file now.
    pub here: bool,
    /// Where it would be written, without anything that tells of the patient.
    pub suggested: String,
}

/// A file that becomes a document.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NewAttachmentInput {
    /// In whose chart.
    pub patient_id: String,
    /// The whole path of the file.
    pub file: String,
    /// What kind of document it is, in words.
    pub kind: String,
    /// Its title; empty for none.
    pub title: String,
}
