//! Haven workstation shell.
