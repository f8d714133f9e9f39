//! What a configuration says, and what is wrong with one.

use expect_test::{Expect, expect};

use super::{Barrier, BumpMode, Config, Smoke};

fn check_error(text: &str, expected: Expect) {
    expected.assert_eq(&Config::parse("castoff.toml", text).unwrap_err().to_string());
}

#[test]
fn nothing_is_needed() {
    let config = Config::parse("castoff.toml", "").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.release.bump, BumpMode::Conventional);
    assert_eq!(config.publish.barrier, Barrier::Run);
    assert_eq!(config.publish.smoke, Smoke::Install);
}

#[test]
fn values_are_read() {
    let config = Config::parse(
        "castoff.toml",
        "[paths]\nb = ['b/']\na = ['a/']\n[publish]\njobs = 3\nbarrier = false\npoll-timeout = '2m'\nsmoke = 'make'\n\
         [component.core]\npackages = ['cargo:*']\nbump = 'paths'\n[registry.pypi]\nindex = 'i'\ntoken-env = ['T']\n",
    )
    .unwrap();
    assert_eq!(config.paths.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!((config.publish.jobs, config.publish.barrier), (Some(3), Barrier::Own));
    assert_eq!(config.publish.poll_timeout.as_secs(), 120);
    assert_eq!(config.publish.smoke, Smoke::Command("make".into()));
    assert_eq!(config.component("core").unwrap().bump, Some(BumpMode::Paths));
    assert_eq!(config.registries["pypi"].index.as_deref(), Some("i"));
}

#[test]
fn unknown_keys_name_the_nearest() {
    check_error(
        "[release]\nbump = 'paths'\nbase-tag = []\n\n[publsh]\njobs = 1\n",
        expect![[r#"
            unknown key `base-tag` in `[release]`
              --> castoff.toml:3
              help: did you mean `base-tags`?
            unknown key `publsh`
              --> castoff.toml:5
              help: did you mean `publish`?"#]],
    );
}

#[test]
fn tags_are_names_that_git_takes() {
    for (tag, is_one) in [
        ("v{version}", true),
        ("{component}@{version}", true),
        ("rel/{component}/{version}", true),
        ("v{version} ", false),
        ("v{name}-{version}", false),
        ("v", false),
        ("{version}{version}", false),
        ("-{version}", false),
        ("a..{version}", false),
        ("a//{version}", false),
        ("{version}.lock", false),
        ("a~{version}", false),
    ] {
        let parsed = Config::parse("castoff.toml", &format!("[release]\ntag = '{tag}'"));
        assert_eq!(parsed.is_ok(), is_one, "{tag}");
    }
}

#[test]
fn wrong_values_are_told_together() {
    check_error(
        "[release]\nbump = 'path'\ntag = 'v1'\n[publish]\njobs = 0\nbarrier = true\npoll-timeout = '5 parsecs'\n",
        expect![[r#"
            `bump` in `[release]` is `path`
              --> castoff.toml:2
              help: use one of `conventional`, `paths`
            `tag` in `[release]` has no `{version}`, or more than one
              --> castoff.toml:3
              help: write for example `tag = "{component}-v{version}"`
            `barrier` in `[publish]` is not one of `"run"`, `"component"`, `false`
              --> castoff.toml:6
            `jobs` in `[publish]` is not a number above 0
              --> castoff.toml:5
            `poll-timeout` in `[publish]` is `5 parsecs`
              --> castoff.toml:7
              help: write a time such as `30s` or `5m`"#]],
    );
}

#[test]
fn extra_files_that_cannot_be_meant_are_told() {
    check_error(
        "[component.a]\nextra-files = [\n  { regex = 'x' },\n  { path = 'a', toml = 'a b' },\n  { path = 'a', regex = '(' },\n  \
         { path = 'a', regex = '(a)(b)' },\n  { path = 'a', json = 'a', toml = 'b' },\n  { path = 'a', jsn = 'a' },\n  \
         { path = 'a', toml = 'a.\"b.c\".0' },\n]\n[[component.b.extra-files]]\npth = 'a'\n[component.c]\nextra-files = [1]\n",
        expect![[r#"
            `regex` in `[component.a.extra-files]` has 0 groups
              --> castoff.toml:3
              help: write one with one group around the version: `version = '(.*)'`
            `path` in `[component.a.extra-files]` is missing
              --> castoff.toml:3
              help: name the file, from the root of the repository
            `toml` in `[component.a.extra-files]` is `a b`, which is no path of keys
              --> castoff.toml:4
              help: write for example `project.version`
            `regex` in `[component.a.extra-files]` is `(`
              --> castoff.toml:5
              cause: found open group without closing ')'
              help: write one with one group around the version: `version = '(.*)'`
            `regex` in `[component.a.extra-files]` has 2 groups
              --> castoff.toml:6
              help: write one with one group around the version: `version = '(.*)'`
            `path` in `[component.a.extra-files]` stands beside more than one of `toml`, `json` and `regex`
              --> castoff.toml:7
              help: write an entry for each
            unknown key `jsn` in `[component.a.extra-files]`
              --> castoff.toml:8
              help: did you mean `json`?
            `path` in `[component.b.extra-files]` is missing
              --> castoff.toml:11
              help: name the file, from the root of the repository
            unknown key `pth` in `[component.b.extra-files]`
              --> castoff.toml:12
              help: did you mean `path`?
            `extra-files` in `[component.c]` is not a list of texts and tables
              --> castoff.toml:14"#]],
    );
}

#[test]
fn what_follows_nothing_has_no_scheme() {
    check_error(
        "[component.py]\nscheme = 'same'\nfollow-on = []\n[component.rb]\nfollows = 'py'\nscheme = 'equal'\n",
        expect![[r#"
            `follow-on` in `[component.py]` says how to follow, and there is no `follows`
              --> castoff.toml:3
              help: name the component that it follows, as `follows = "NAME"`
            `scheme` in `[component.py]` says how to follow, and there is no `follows`
              --> castoff.toml:2
              help: name the component that it follows, as `follows = "NAME"`
            `scheme` in `[component.rb]` is `equal`
              --> castoff.toml:6
              help: use one of `core-patch`, `at-least`, `same`"#]],
    );
}

#[test]
fn what_is_built_is_said_in_full() {
    check_error(
        "[component.a]\nplatforms = []\nprepare = ' '\nbuild = ''\ndist-tag = 1\n[component.b]\nplatforms = 'ruby'\n",
        expect![[r#"
            `platforms` in `[component.a]` is an empty list
              --> castoff.toml:2
              help: name the files that a version has to have, or leave it out
            `build` in `[component.a]` is an empty command
              --> castoff.toml:4
              help: leave it out for what is usual
            `dist-tag` in `[component.a]` is not a text
              --> castoff.toml:5
            `prepare` in `[component.a]` is an empty command
              --> castoff.toml:3
              help: leave it out for what is usual
            `platforms` in `[component.b]` is not a list of texts
              --> castoff.toml:7"#]],
    );
}

#[test]
fn the_address_of_a_webhook_stands_in_no_file() {
    let config = "[notify]\ncommand = 'scripts/notify'\nwebhook-env = 'RELEASE_WEBHOOK'\n";
    let notify = Config::parse("castoff.toml", config).unwrap().notify;
    assert_eq!(notify.command.as_deref(), Some("scripts/notify"));
    assert_eq!(notify.webhook_env.as_deref(), Some("RELEASE_WEBHOOK"));
    check_error(
        "[notify]\ncommand = ' '\nwebhook-env = 'http://hooks.invalid/secret'\nwebhook = 'x'\n",
        expect![[r#"
            `command` in `[notify]` is empty
              --> castoff.toml:2
            `webhook-env` in `[notify]` is not the name of a variable
              --> castoff.toml:3
              help: the address of a webhook lets everybody write there: put it into a variable, and name that here
            unknown key `webhook` in `[notify]`
              --> castoff.toml:4
              help: did you mean `webhook-env`?"#]],
    );
}

#[test]
fn sections_are_a_list_and_overrides_have_a_message() {
    let config =
        Config::parse("castoff.toml", "[[section]]\ntype = 'docs'\n[[section]]\ntype = 'x'\nhidden = true\n")
            .unwrap();
    let told: Vec<_> = config.sections.iter().map(|it| (&it.kind[..], &it.title[..], it.hidden)).collect();
    assert_eq!(told, [("docs", "Documentation", false), ("x", "x", true)]);
    check_error(
        "[[section]]\ntitle = 'x'\n\n[[section]]\ntype = 'fix'\nbump = 'big'\nshown = 1\n[override.abc]\nmesage = ''\n",
        expect![[r#"
            a `[[section]]` has no `type`
              --> castoff.toml:1
              help: write for example `type = "docs"`
            `bump` in `[[section]]` is `big`
              --> castoff.toml:6
              help: use one of `none`, `patch`, `minor`, `major`
            unknown key `shown` in `[[section]]`
              --> castoff.toml:7
              help: did you mean `scope`?
            `[override."abc"]` has no message
              --> castoff.toml:8
              help: write `message = "fix: what it did"`; an empty one counts for nothing
            unknown key `mesage` in `[override.abc]`
              --> castoff.toml:9
              help: did you mean `message`?"#]],
    );
    check_error(
        "section = 3\n",
        expect![[r#"
        `section` is not a list of texts and tables
          --> castoff.toml:1"#]],
    );
}
