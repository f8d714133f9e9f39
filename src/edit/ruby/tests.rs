//! Ruby as data: text in, statements with the words around them out.

use super::{Kind, statements, tokens};

fn check(text: &str, expected: &str) {
    let lines: Vec<String> = statements(text)
        .iter()
        .map(|statement| {
            let within: Vec<&str> = statement.within.iter().map(|frame| frame.word).collect();
            let tokens: Vec<String> = statement
                .tokens
                .iter()
                .map(|token| match token.kind {
                    Kind::Text => format!("<{}>", token.text),
                    Kind::Computed => format!("~{}~", token.text),
                    Kind::Symbol => format!(":{}", token.text),
                    Kind::Words => format!("%{}%", token.text),
                    _ => token.text.to_string(),
                })
                .collect();
            format!("{}| {}", within.join(" "), tokens.join(" "))
        })
        .collect();
    assert_eq!(lines.join("\n"), expected, "{text}");
}

#[test]
fn statements_know_the_blocks_around_them() {
    check(
        "require 'a'\nGem::Specification.new do |s|\n  s.name = \"x\"\n  if RUBY_PLATFORM == 'java'\n    s.add_dependency 'y'\n  end\n  s.z unless w\nend\nt",
        "| require <a>\n| Gem :: Specification . new do | s |\ndo| s . name = <x>\ndo| if RUBY_PLATFORM == <java>\ndo if| s . add_dependency <y>\ndo| s . z unless w\n| t",
    );
    check(
        "module A\n  class B < C; V = '1'; end\n  W = 2\nend",
        "| module A\nmodule| class B < C\nmodule class| V = <1>\nmodule| W = 2",
    );
    check("%w[a b].each { |n|\n s.add n\n}\nx", "| %a b% . each { | n |\n{| s . add n\n| x");
    check("x = if a then 'b' else 'c' end\ny", "| x = if a then\nif| <b> else\nif| <c>\n| y");
    check("def f?(if: 1)\n a.end.class\nend\ng", "| def f? ( if : 1 )\ndef| a . end . class\n| g");
}

#[test]
fn lines_go_on_where_ruby_goes_on() {
    check(
        "s.add 'x',\n  '1'\nfoo\n  .bar\nz = [\n 1,\n 2 ]\na \\\n b",
        "| s . add <x> , <1>\n| foo . bar\n| z = [ 1 , 2 ]\n| a b",
    );
    check("m = { 'a' => \"b\",\n }\nc", "| m = { <a> => <b> , }\n| c");
}

#[test]
fn literals_of_all_kinds_are_taken_whole() {
    check("a = \"x#{y + \"z\"}\" # c\nb", "| a = ~x#{y + \"z\"}~\n| b");
    check(
        "s.d = <<~TEXT\n  end 'if\n  TEXT\nb = <<-'E', 1\n do\nE\nc",
        "| s . d = <<~TEXT\n| b = <<-'E' , 1\n| c",
    );
    check(
        "f.match?(%r{^(a|\\})/}) { |x| x / 2 }\ng %q(a(b)c), :'d', /e'/",
        "| f . match? ( ^(a|\\})/ ) { | x |\n{| x / 2\n| g <a(b)c> , : <d> , /e'/",
    );
    check("a 1\n=begin\nb\n=end\nc\n__END__\nd", "| a 1\n| c");
    check("x << 'a'; y %w[b]; z % 2; w <<self", "| x << <a>\n| y %b%\n| z % 2\n| w <<self");
}

#[test]
fn every_range_holds_its_token() {
    let text = "é = 'ö' # ü\nputs :sym, \"α\", %w(β γ)\n";
    for token in tokens(text) {
        assert_eq!(&text[token.range.clone()], token.text);
    }
}
