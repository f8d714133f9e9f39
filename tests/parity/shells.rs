//! The shells and awks that scripts are run with, and how each takes the place of `sh` and `awk`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::tools::{need, path_env, tool_path};

/// Shells and awks of every run of the tests, and all of `scripts/parity`.
pub(crate) const FEW: (&str, &str) = ("dash bash busybox", "mawk gawk");

/// A shell with an awk.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) shell: String,
    pub(crate) awk: String,
    /// A directory in front of PATH.
    bin: PathBuf,
}

/// What busybox has in the place of usual tools; on a machine that has nothing else, these are what scripts get.
const APPLETS: [&str; 24] = [
    "basename", "cat", "chmod", "cmp", "cp", "cut", "date", "dirname", "env", "expr", "grep", "head", "ls",
    "mkdir", "mktemp", "mv", "od", "rm", "sed", "sort", "tail", "tr", "uniq", "wc",
];

/// Every shell with every awk, as far as they are there; what is missing is noted as a test that was not run.
pub(crate) fn pairs(shells: &str, awks: &str, home: &Path) -> Vec<Vec<Pair>> {
    let there = |names: &str| -> Vec<String> {
        let names = names.split([' ', ',']).filter(|name| !name.is_empty());
        names.filter(|name| need(name)).map(str::to_string).collect()
    };
    let awks = there(awks);
    let of = |shell: &String| awks.iter().map(|awk| Pair::new(shell, awk, home)).collect();
    there(shells).iter().map(of).collect()
}

impl Pair {
    fn new(shell: &str, awk: &str, home: &Path) -> Pair {
        let bin = home.join(format!("{shell}-{awk}"));
        fs::create_dir_all(&bin).unwrap();
        let link = |tool: &str, name: &str| symlink(tool_path(tool).unwrap(), bin.join(name)).unwrap();
        link(awk, "awk");
        link(shell, "sh");
        if shell == "busybox" {
            APPLETS.iter().for_each(|name| link("busybox", name));
        }
        Pair { shell: shell.to_string(), awk: awk.to_string(), bin }
    }

    /// The words that run a script with it.
    pub(crate) fn words(&self) -> Vec<&str> {
        if self.shell == "busybox" { vec!["busybox", "sh"] } else { vec![&self.shell] }
    }

    pub(crate) fn path(&self) -> std::ffi::OsString {
        let own = path_env();
        std::env::join_paths(std::iter::once(self.bin.clone()).chain(std::env::split_paths(&own))).unwrap()
    }

    pub(crate) fn name(&self) -> String {
        format!("{} with {}", self.shell, self.awk)
    }
}
