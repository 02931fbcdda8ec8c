#include <catch2/catch.hpp>

#include "tests/support/seed.h"
#include "tests/views_tree/live_tree.h"
#include "views/tree/syntax.h"

// What a tree query may not be, read aloud: where, what, and what was expected there.
namespace laterbase::tree::tests {
namespace {

struct Refused {
  std::string text;  // ¦ is where it goes wrong
  std::string sqlstate;
  std::string says;  // a part of message or hint
};

const std::vector<Refused> refusals{
    {"¦", "42601", "expected MANY, ONE, COUNT or EXISTS"},
    {"¦SELECT 1", "42601", "\"SELECT\" is not expected here"},
    {"MANY ¦{ id }", "42601", "the name of a table or view"},
    {"MANY issue¦", "42601", "expected WHERE, ORDER BY, LIMIT, AFTER or {"},
    {"MANY issue i ¦LIMT 3 { id }", "42601", "expected WHERE, ORDER BY, LIMIT, AFTER or {"},
    {"MANY issue WHERE ¦{ id }", "42601", "expected a condition"},
    {"MANY issue ORDER BY id LIMIT ¦{ id }", "42601", "expected a number"},
    {"MANY issue LIMIT 3 ¦WHERE true { id }", "42601", "\"WHERE\" is not expected here"},
    {"MANY issue LIMIT 3 ¦LIMIT 4 { id }", "42601", "expected AFTER or {"},
    {"MANY issue { ¦}", "42601", "expected a field"},
    {"MANY issue { id ¦title }", "42601", "a name and a colon before an expression"},
    {"MANY issue { ¦1 + 1 }", "42601", "a field's name"},
    {"MANY issue { n: ¦}", "42601", "an expression, or MANY, ONE, COUNT or EXISTS"},
    {"MANY issue { n: MANY comment ¦}", "42601", "expected WHERE"},
    {"MANY issue { id ¦", "42601", "a comma, }, or"},
    {"MANY issue { id } ¦MANY issue { id }", "42601", "the end of the query"},
    {"MANY issue WHERE (id = 1 ¦{ id }", "42601", "expected )"},
    {"MANY issue WHERE ¦(id = 1", "42601", "expected )"},
    {"MANY issue WHERE id = 1¦) { id }", "42601", "\")\" is not expected"},
    {"MANY issue WHERE ¦'open { id }", "42601", "not closed"},
    {"MANY issue WHERE ¦/* { id }", "42601", "not closed"},
    {"MANY issue WHERE id = ¦$$a$$ { id }", "42601", "$1 or $name"},
    {"MANY issue WHERE id = $1 OR id = ¦$a { id }", "42601", "either numbers or names"},
    {"MANY issue WHERE id =¦ { id }", "42601", "not complete"},
    {"MANY issue WHERE id = 1 ¦; DROP TABLE issue { id }", "42601", ""},
    {"MANY ¦nothing { id }", "42P01", "relation \"nothing\" does not exist"},
    {"MANY issue { ¦nothing }", "42703", "column \"nothing\" does not exist"},
    {"MANY issue\nWHERE id = 1 AND ¦stauts = 'open' { id }", "42703", "stauts"},
    {"MANY issue WHERE ¦id { id }", "42804", "boolean"},
    {"MANY issue WHERE id = ¦'x' { id }", "22P02", "bigint"},
    {"MANY issue WHERE title ¦> 3 { id }", "42883", "operator does not exist"},
    {"MANY issue WHERE ¦count(*) > 3 { id }", "42803", "aggregate"},
    {"MANY issue LIMIT ¦-1 { id }", "2201W", "negative"},
    {"MANY issue LIMIT ¦id { id }", "42703", ""},
    {"MANY issue ORDER BY ¦1 { id }", "42601", "orders nothing"},
    {"MANY issue ORDER BY title AFTER ¦(1, 2, 3) { id }", "42601", "expected 1 or 2"},
    {"MANY issue AFTER ¦id { id }", "42601", "rows that it is about"},
    {"MANY issue { id, ¦id }", "42701", "there twice"},
    {"MANY issue { *, ¦title: 1 }", "42701", "there twice"},
    {"MANY issue WHERE id = ¦$1 { id }", "42P02", "there is no parameter $1"},
    {"MANY issue WHERE id = ¦$me { id }", "42P02", "there is no parameter $me"},
    {"MANY issue { c: MANY comment WHERE ¦isue.id = issue { body } }", "42P01", "isue"},
    {"MANY issue { c: MANY comment WHERE comment.issue = issue.id ORDER BY ¦nix { body } }", "42703", "nix"},
    {"MANY issue WHERE EXISTS comment WHERE ¦nix = 1 { id }", "42703", "nix"},
};

int place_of(std::string& text) {
  const std::string mark = "¦";
  const std::size_t at = text.find(mark);
  text.erase(at, mark.size());
  return static_cast<int>(at) + 1;
}

}  // namespace

TEST_CASE("a refused tree says where, what, and what was expected") {
  views::tests::Replica node;
  REQUIRE(node.sql("CREATE TABLE issue (id BIGINT PRIMARY KEY, title TEXT, status TEXT);"
                   "CREATE TABLE comment (issue BIGINT, body TEXT);")
              .empty());
  for (const Refused& one : refusals) {
    std::string text = one.text;
    const int place = place_of(text);
    const auto page = node.database().tree(text, "");
    CAPTURE(text);
    REQUIRE_FALSE(page.has_value());
    const sql::SqlError& error = page.error().sql;
    CAPTURE(error.message, error.hint);
    CHECK(error.sqlstate == one.sqlstate);
    CHECK((error.message + " " + error.hint).find(one.says) != std::string::npos);
    CHECK(error.position == place);
  }
}

TEST_CASE("a tree is bounded in size, nodes, depth and fields") {
  std::string deep, deep_end, wide = "MANY a { x", many = "MANY a { x";
  for (std::size_t i = 0; i < deepest_node + 1; ++i) deep += "MANY a { x: ", deep_end += "}";
  for (std::size_t i = 0; i < most_fields; ++i) wide += ", x" + std::to_string(i);
  for (std::size_t i = 0; i < most_nodes; ++i) many += ", x" + std::to_string(i) + ": COUNT a";
  CHECK(parse(deep + "1" + deep_end).error().sqlstate == "54001");
  CHECK(parse(wide + "}").error().sqlstate == "54000");
  CHECK(parse(many + "}").error().sqlstate == "54000");
  CHECK(parse("MANY a {" + std::string(longest_text_bytes, ' ') + "x}").error().sqlstate == "54000");
  CHECK(parse("MANY a WHERE " + std::string(5'000, '(') + "{x}").error().sqlstate == "54001");
  CHECK(parse(std::string("MANY a\0", 7)).error().sqlstate == "22021");
}

// Anything but a crash will do.
TEST_CASE("no text ends the process") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  views::tests::Replica node;
  REQUIRE(
      node.sql("CREATE TABLE issue (id BIGINT PRIMARY KEY, title TEXT); INSERT INTO issue VALUES (1, 'a');").empty());
  const std::vector<std::string> pieces{
      "MANY ",  "ONE ", "COUNT ", "EXISTS ", "issue ", "WHERE ",  "ORDER BY ", "LIMIT ",    "AFTER ", "{",
      "}",      "(",    ")",      "id ",     "title ", ": ",      ", ",        "= ",        "1 ",     "'a' ",
      "\"x\" ", "$1 ",  "$a ",    "AND ",    "NOT ",   "* ",      "AS ",       "SELECT ",   "[",      "]",
      "--\n",   "/*",   "*/",     "'",       ".",      "::text ", "IN ",       "issue.id ", "x: "};
  const std::string whole = "MANY issue WHERE id = 1 ORDER BY title LIMIT 3 { id, n: COUNT issue WHERE true, title }";
  std::uint64_t taken = 0;
  for (std::uint64_t i = 0; i < test_size(3'000, 300'000); ++i) {
    std::string text;
    if (random.one_in(2)) {
      for (std::uint64_t n = random.below(20); n > 0; --n) text += pieces[random.below(pieces.size())];
    } else {
      text = whole;
      for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
        const std::size_t at = random.below(text.size());
        if (random.one_in(3))
          text.erase(at, 1 + random.below(6));
        else if (random.one_in(2))
          text.insert(at, pieces[random.below(pieces.size())]);
        else
          text[at] = static_cast<char>(random.below(256));
      }
    }
    taken += node.database().tree(text, "").has_value() ? 1 : 0;
  }
  CHECK(taken > 10);
}

}  // namespace laterbase::tree::tests
