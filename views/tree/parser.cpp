#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "views/sql/text_limits.h"
#include "views/tree/syntax.h"
#include "views/tree/tokens.h"

namespace laterbase::tree {
namespace {

using sql::SqlException;

constexpr std::array<std::string_view, 13> reserved{"many",  "one", "count", "exists", "where",  "order", "limit",
                                                    "after", "as",  "by",    "select", "offset", "and"};

bool is_reserved(const Token& token) {
  return token.kind == TokenKind::word && std::find(reserved.begin(), reserved.end(), token.text) != reserved.end();
}

// Where a clause's expression ends, besides at the end of what is around it.
struct Ends {
  bool comma = false;    // at a comma
  bool clauses = false;  // at ORDER BY, LIMIT and AFTER
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

  Syntax parse() {
    Syntax syntax;
    syntax.root = node(1);
    if (peek().kind != TokenKind::end) unexpected("the end of the query");
    syntax.parameters = std::move(parameters_);
    return syntax;
  }

 private:
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  int offset() const { return static_cast<int>(peek().begin); }

  [[noreturn]] void unexpected(const std::string& expected) const {
    const Token& token = peek();
    const std::string what =
        token.kind == TokenKind::end
            ? std::string("the query ends here")
            : fmt::format("\"{}\" is not expected here",
                          text_.substr(token.begin, std::min<std::size_t>(token.end - token.begin, 40)));
    throw SqlException("42601", what, static_cast<int>(token.begin), "expected " + expected);
  }

  static std::optional<NodeKind> kind_of(const Token& token) {
    if (token.is("many")) return NodeKind::many;
    if (token.is("one")) return NodeKind::one;
    if (token.is("count")) return NodeKind::count;
    if (token.is("exists")) return NodeKind::exists;
    return std::nullopt;
  }
  // A kind's word and a relation's name.
  bool begins_node() const {
    const auto kind = kind_of(peek());
    return kind && peek(1).is_name() && !is_reserved(peek(1));
  }

  Node node(std::size_t depth) {
    const auto kind = kind_of(peek());
    if (!kind) unexpected("MANY, ONE, COUNT or EXISTS");
    if (++nodes_ > most_nodes)
      throw SqlException("54000", fmt::format("a tree has at most {} nodes", most_nodes), offset());
    if (depth > deepest_node)
      throw SqlException("54001", fmt::format("a tree is at most {} nodes deep", deepest_node), offset());
    Node made;
    made.kind = *kind;
    made.offset = offset();
    take();
    relation(made);
    const bool has_rows = made.kind == NodeKind::many || made.kind == NodeKind::one;
    if (peek().is("where")) take(), made.where = expression({true, has_rows}, "a condition");
    if (!has_rows) return made;
    clauses(made);
    block(made, depth);
    return made;
  }

  NameAt name(const std::string& expected) {
    if (!peek().is_name() || is_reserved(peek())) unexpected(expected);
    const int place = offset();
    return {take().text, place};
  }

  void relation(Node& made) {
    made.relation = name("the name of a table or view");
    made.alias = made.relation.name;
    if (peek().is("as"))
      take(), made.alias = name("a name").name;
    else if (peek().is_name() && !is_reserved(peek()))
      made.alias = take().text;
  }

  bool at_order() const { return peek().is("order") && peek(1).is("by"); }

  void clauses(Node& made) {
    if (at_order()) {
      at_ += 2;
      made.order = expression({false, true}, "what to order by");
    }
    for (;;) {
      if (peek().is("limit") && !made.limit) {
        take();
        made.limit = expression({true, true}, "a number");
      } else if (peek().is("after") && !made.after) {
        take();
        made.after = expression({true, true}, "the values of the last row's order");
      } else {
        return;
      }
    }
  }

  void block(Node& made, std::size_t depth) {
    if (!peek().is('{')) {
      std::string expected;
      const bool clause = made.limit || made.after;
      if (!made.where && !made.order && !clause) expected += "WHERE, ";
      if (!made.order && !clause) expected += "ORDER BY, ";
      if (!made.limit) expected += "LIMIT, ";
      if (!made.after) expected += "AFTER ";
      unexpected(expected.empty() ? "{" : expected + "or {");
    }
    made.block = offset();
    take();
    while (!peek().is('}')) {
      if (made.fields.size() >= most_fields)
        throw SqlException("54000", fmt::format("a node has at most {} fields", most_fields), offset());
      made.fields.push_back(field(depth));
      if (peek().is(',')) {
        take();
      } else if (!peek().is('}')) {
        unexpected("a comma or }");
      }
    }
    if (made.fields.empty()) unexpected("a field");
    take();
  }

  bool at_named() const {
    const bool cast = peek(2).is(':') && peek(2).begin == peek(1).end;
    return peek().is_name() && peek(1).is(':') && !cast;
  }

  Field field(std::size_t depth) {
    Field made;
    if (peek().is('*')) {
      made.name.offset = offset();
      made.all = true;
      take();
      return made;
    }
    if (!at_named()) return column();
    made.name = {peek().text, offset()};
    at_ += 2;
    if (!begins_node()) {
      made.expression = expression({true, false}, "an expression, or MANY, ONE, COUNT or EXISTS");
      return made;
    }
    const NodeKind kind = *kind_of(peek());
    const std::size_t begin = at_;
    made.node = std::make_unique<Node>(node(depth + 1));
    if (kind == NodeKind::count || kind == NodeKind::exists) {
      const std::size_t end = std::exchange(at_, begin);
      made.expression = expression({true, false}, "");
      at_ = end;
    }
    return made;
  }

  // [alias.]column, which is its own name.
  Field column() {
    if (!peek().is_name()) unexpected("a field's name, or *");
    Field made;
    made.name = {peek().text, offset()};
    made.expression = Fragment(peek().begin);
    const std::size_t begin = at_;
    if (peek(1).is('.') && peek(2).is_name()) at_ += 2, made.name.name = peek().text;
    take();
    for (std::size_t i = begin; i < at_; ++i) add(*made.expression, i);
    if (!peek().is(',') && !peek().is('}')) unexpected("a comma, }, or a name and a colon before an expression");
    return made;
  }

  // The token as it stands, with the blanks after it.
  void add(Fragment& fragment, std::size_t i) {
    const std::size_t end = i + 1 < tokens_.size() ? tokens_[i + 1].begin : text_.size();
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::parameter)
      fragment.replace(fmt::format("${} ", parameter(token)), token.begin);
    else
      fragment.add(text_.substr(token.begin, end - token.begin), token.begin);
  }

  // The number that stands for it.
  std::string parameter(const Token& token) {
    const bool number = std::all_of(token.text.begin(), token.text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (numbered_.value_or(number) != number)
      throw SqlException("42601", "parameters have either numbers or names", static_cast<int>(token.begin));
    numbered_ = number;
    if (number) return token.text.substr(0, 10);
    const auto known =
        std::find_if(parameters_.begin(), parameters_.end(), [&](const NameAt& one) { return one.name == token.text; });
    const auto place = known - parameters_.begin();
    if (known == parameters_.end()) parameters_.push_back({token.text, static_cast<int>(token.begin)});
    return std::to_string(place + 1);
  }

  Fragment expression(Ends ends, const std::string& expected) {
    Fragment fragment(peek().begin);
    expression(fragment, ends, 0);
    if (fragment.empty()) unexpected(expected);
    return fragment;
  }

  bool ends_here(Ends ends) const {
    const Token& token = peek();
    if (token.is("where")) return true;
    if (token.kind == TokenKind::end || token.is('{') || token.is('}') || token.is(')') || token.is(']')) return true;
    if (ends.comma && token.is(',')) return true;
    return ends.clauses && (at_order() || token.is("limit") || token.is("after"));
  }

  void expression(Fragment& fragment, Ends ends, int depth) {
    if (depth > sql::deepest_nesting) throw SqlException("54001", "this is nested too deep", offset());
    while (!ends_here(ends)) {
      if (peek().is('(') || peek().is('[')) {
        parentheses(fragment, depth);
      } else if (begins_node() && !peek().is("many") && !peek().is("one")) {
        subquery(fragment, ends, depth);
      } else if (begins_enclosed_exists()) {
        subquery(fragment, {}, depth);
      } else {
        add(fragment, at_);
        take();
      }
    }
  }

  void parentheses(Fragment& fragment, int depth) {
    const bool round = peek().is('(');
    const int opened = offset();
    add(fragment, at_);
    take();
    expression(fragment, {false, false}, depth + 1);
    if (!peek().is(round ? ')' : ']')) {
      if (peek().kind == TokenKind::end)
        throw SqlException("42601", "this is not closed", opened, round ? "expected )" : "expected ]");
      unexpected(round ? ")" : "]");
    }
    add(fragment, at_);
    take();
  }

  // EXISTS (relation WHERE …)
  bool begins_enclosed_exists() const {
    const Token& inside = peek(2);
    const bool query = inside.is("select") || inside.is("with") || inside.is("values") || inside.is("table");
    return peek().is("exists") && peek(1).is('(') && inside.is_name() && !query && !is_reserved(inside);
  }

  // EXISTS relation WHERE …, and COUNT.
  void subquery(Fragment& fragment, Ends ends, int depth) {
    const bool exists = peek().is("exists");
    const std::size_t place = peek().begin;
    take();
    const bool enclosed = peek().is('(');
    if (enclosed) take();
    Node source;
    const std::size_t relation_place = peek().begin;
    relation(source);
    fragment.replace(exists ? "EXISTS (SELECT 1 FROM " : "(SELECT count(*) FROM ", place);
    fragment.replace(item_of(source), relation_place);
    if (peek().is("where")) {
      take();
      fragment.replace(" WHERE (", place);
      const std::size_t before = fragment.sql().size();
      expression(fragment, enclosed ? Ends{} : ends, depth + 1);
      if (fragment.sql().size() == before) unexpected("a condition");
      fragment.replace("\n)", place);
    }
    fragment.replace(") ", place);
    if (!enclosed) return;
    if (!peek().is(')')) unexpected("WHERE or )");
    take();
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  std::vector<NameAt> parameters_;
  std::optional<bool> numbered_;
};

}  // namespace

std::string item_of(const Node& node) {
  const auto quoted = [](std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + '"';
  };
  return quoted(node.relation.name) + " AS " + quoted(node.alias);
}

sql::SqlResult<Syntax> parse(std::string_view text) {
  try {
    if (text.size() > longest_text_bytes)
      throw SqlException("54000", fmt::format("a tree query has at most {} bytes", longest_text_bytes));
    sql::check_text(text);
    return {boost::system::in_place_value, Parser(text).parse()};
  } catch (const SqlException& error) {
    return error.in(text);
  }
}

}  // namespace laterbase::tree
