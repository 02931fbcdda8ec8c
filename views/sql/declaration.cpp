#include "views/sql/declaration.h"

#include <charconv>
#include <map>
#include <set>

#include "views/sql/bind_statement.h"
#include "views/sql/error.h"
#include "views/sql/lexer.h"

namespace laterbase::sql {
namespace {

constexpr std::string_view prefix = "CREATE ";

const std::map<std::string, Merge, std::less<>>& merges() {
  static const std::map<std::string, Merge, std::less<>> names = {
      {"counter", Merge::counter}, {"set", Merge::set}, {"max", Merge::max}, {"min", Merge::min}};
  return names;
}

// Reads and blanks what is not PostgreSQL's.
class Reader {
 public:
  explicit Reader(std::string_view statement) : text_(statement), tokens_(tokens_of(statement)) {}

  Json read() {
    std::size_t at = 3;  // TABLE name (
    while (read_column(at)) {
    }
    bool strict = false;
    for (; tokens_[at].kind != TokenKind::end; ++at) {
      if (tokens_[at].kind != TokenKind::word || tokens_[at].text != "strict" || strict) {
        throw SqlException("42601", "syntax error at or near \"" + tokens_[at].text + "\"", tokens_[at].offset);
      }
      strict = true;
      blank(tokens_[at]);
    }
    return {{"create", create_statement()}, {"numbers", numbers_}, {"merges", merges_}, {"strict", strict}};
  }

 private:
  bool is_symbol(std::size_t at, char c) const {
    return tokens_[at].kind == TokenKind::symbol && tokens_[at].text[0] == c;
  }
  void blank(const Token& token) {
    text_.replace(static_cast<std::size_t>(token.offset), token.text.size(), token.text.size(), ' ');
  }

  // One column, or a constraint of the table, to behind its comma; false at the end of the list.
  bool read_column(std::size_t& at) {
    const Token& first = tokens_[at];
    const bool constraint = first.kind == TokenKind::word && (first.text == "primary" || first.text == "unique" ||
                                                              first.text == "constraint" || first.text == "check");
    std::int64_t number = 0;
    std::string merge;
    int depth = 0;
    for (; tokens_[at].kind != TokenKind::end; ++at) {
      if (is_symbol(at, '(') || is_symbol(at, '[')) ++depth;
      if (depth == 0 && (is_symbol(at, ',') || is_symbol(at, ')'))) break;
      if (is_symbol(at, ')') || is_symbol(at, ']')) --depth;
      if (depth == 0 && is_symbol(at, '=') && number == 0) number = read_number(at);
      const bool word = depth == 0 && tokens_[at].kind == TokenKind::word;
      if (number != 0 && word && merges().contains(tokens_[at].text)) {
        merge = tokens_[at].text;
        blank(tokens_[at]);
      }
    }
    if (!constraint) add_column(first, number, merge);
    const bool more = is_symbol(at, ',');
    if (tokens_[at].kind != TokenKind::end) ++at;
    return more;
  }

  std::int64_t read_number(std::size_t& at) {
    const Token& digits = tokens_[at + 1];
    std::int64_t number = 0;
    const auto end = digits.text.data() + digits.text.size();
    const auto read = std::from_chars(digits.text.data(), end, number);
    if (digits.kind != TokenKind::number || read.ptr != end || read.ec != std::errc() || number < 1 ||
        number > 1'000'000) {
      throw SqlException("42601", "a field number from 1 to 1000000 is expected after =", digits.offset);
    }
    blank(tokens_[at]);
    blank(digits);
    ++at;
    return number;
  }

  void add_column(const Token& name, std::int64_t number, const std::string& merge) {
    if (number == 0) {
      throw SqlException("42601", "column \"" + name.text + "\" has no field number", name.offset,
                         "Write = 1, = 2, … behind each type: the number is what a column is known by, whatever its "
                         "name.");
    }
    if (!seen_.insert(number).second) {
      throw SqlException("42601", "field number " + std::to_string(number) + " is there twice", name.offset);
    }
    numbers_.push_back(number);
    merges_.push_back(merge);
  }

  Json create_statement() const {
    try {
      const auto parsed = parse_tree(std::string(prefix) + text_);
      return node_body(parsed.at(0).tree);
    } catch (const SqlException& error) {
      const int offset = error.offset() - static_cast<int>(prefix.size());
      throw SqlException(error.sqlstate(), error.what(), offset < 0 ? -1 : offset, error.hint());
    }
  }

  std::string text_;
  std::vector<Token> tokens_;
  Json numbers_ = Json::array();
  Json merges_ = Json::array();
  std::set<std::int64_t> seen_;
};

bool fits(Merge merge, ivm::Type type) {
  using enum ivm::TypeKind;
  switch (merge) {
    case Merge::last_writer:
      return true;
    case Merge::counter:
      return type.kind == integer || type.kind == bigint || type.kind == numeric;
    case Merge::set:
      return type.kind == array;
    case Merge::max:
    case Merge::min:
      return type.kind != array && type.kind != jsonb;
  }
  return false;
}

void check_merge(const Column& column, bool in_key) {
  if (!fits(column.merge, column.type)) {
    throw SqlException(
        "42611", "a column of type " + ivm::name_of(column.type) + " cannot be merged so: \"" + column.name + "\"", -1,
        "COUNTER is for BIGINT, INTEGER and NUMERIC, SET for arrays, MIN and MAX for what has an order.");
  }
  if (in_key && column.merge != Merge::last_writer) {
    throw SqlException("42611",
                       "a column of the primary key cannot be COUNTER, SET, MIN or MAX: \"" + column.name + "\"");
  }
}

}  // namespace

bool is_declaration(std::string_view statement) {
  Lexer lexer(statement);
  const Token first = lexer.next();
  const Token name = lexer.next();
  const Token open = lexer.next();
  return first.kind == TokenKind::word && first.text == "table" &&
         (name.kind == TokenKind::word || name.kind == TokenKind::quoted_name) && open.kind == TokenKind::symbol &&
         open.text == "(";
}

Json read_declaration(std::string_view statement) { return Reader(statement).read(); }

DeclareTable bind_declaration(const Json& declaration, BindContext& context) {
  DeclareTable table;
  try {
    table = bind_create_table(declaration["create"], context);
  } catch (const SqlException& error) {
    const int offset = error.offset() - static_cast<int>(prefix.size());
    throw SqlException(error.sqlstate(), error.what(), offset < 0 ? -1 : offset, error.hint());
  }
  table.declared = true;
  table.strict = flag_member(declaration, "strict");
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    Column& column = table.columns[i];
    column.number = declaration["numbers"].at(i).get<int>();
    const auto merge = merges().find(declaration["merges"].at(i).get<std::string>());
    if (merge != merges().end()) column.merge = merge->second;
    bool in_key = false;
    for (const std::size_t key : table.primary_key) in_key = in_key || key == i;
    check_merge(column, in_key);
  }
  return table;
}

}  // namespace laterbase::sql
