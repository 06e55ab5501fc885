//! Generates what Tauri needs at compile time from `tauri.conf.json` and the capabilities.

/// Stands in for the pages until `npm run build` has made them, so that Rust builds without Node.
const NO_PAGES: &str =
    "<!doctype html><title>Haven</title><p>Build the pages first: ./run does.</p>";

fn main() {
    if let Err(error) = ensure_pages() {
        println!("cargo::error=ui/dist cannot be written: {error}");
    }
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("src-tauri/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}

fn ensure_pages() -> std::io::Result<()> {
    let page = std::path::Path::new("ui/dist/index.html");
    if page.exists() {
        return Ok(());
    }
    std::fs::create_dir_all("ui/dist")?;
    std::fs::write(page, NO_PAGES)
}
