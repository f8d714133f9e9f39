//! castoff where there is no network at all: `scripts/airgap` in a namespace that has nothing but loopback. That planning
//! asks nobody needs no other proof: there is nobody.

use std::path::Path;
use std::process::Command;

use crate::support::ran;
use crate::tools::{need, note_not_run, path_env};

#[test]
fn everything_but_the_way_out_works_without_one() {
    if !(need("unshare") & need("uv") & need("npm") & need("bundle") & need("pypiserver") & need("python3")) {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/airgap");
    let mut command = Command::new(script);
    command.arg("small").env("CASTOFF", env!("CARGO_BIN_EXE_castoff")).env("PATH", path_env());
    let ran = ran(command.output().unwrap());
    if ran.code == 4 {
        note_not_run("unshare");
        return;
    }
    assert!(ran.expect(0).stdout.ends_with("airgap: everything works without a network\n"));
}
