#include "engine/ivm/budget.h"
#include "engine/ivm/expression.h"
#include "views/sql/function.h"
#include "views/sql/utf8.h"

// LIKE and ILIKE, and the few functions of any type that the grammar spells otherwise.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Greedy with one place to come back to: linear but for a % between two literals.
class Matcher {
 public:
  Matcher(std::string_view text, std::string_view pattern, bool any_case)
      : text_(text), pattern_(pattern), any_case_(any_case) {}

  bool matches() {
    std::size_t t = 0, p = 0;
    std::size_t star_p = std::string_view::npos, star_t = 0;
    while (t < text_.size()) {
      if (p < pattern_.size() && pattern_[p] == '%') {
        star_p = ++p;
        star_t = t;
      } else if (p < pattern_.size() && step(t, p)) {
        continue;
      } else if (star_p == std::string_view::npos) {
        return false;
      } else {
        ivm::Budget::tick();
        p = star_p;
        star_t += character_size(text_, star_t);
        t = star_t;
      }
    }
    while (p < pattern_.size() && pattern_[p] == '%') ++p;
    return p == pattern_.size();
  }

 private:
  bool step(std::size_t& t, std::size_t& p) const {
    if (pattern_[p] == '_') {
      t += character_size(text_, t);
      ++p;
      return true;
    }
    std::size_t at = p;
    if (pattern_[at] == '\\') {
      if (++at == pattern_.size()) throw EvalError("22025", "LIKE pattern must not end with escape character");
    }
    const bool equal = any_case_ ? small(pattern_[at]) == small(text_[t]) : pattern_[at] == text_[t];
    if (!equal) return false;
    ++t;
    p = at + 1;
    return true;
  }

  std::string_view text_, pattern_;
  bool any_case_;
};

template <bool any_case, bool negated>
Value like(Args args, Type) {
  return Value::of_bool(Matcher(args[0].as_text(), args[1].as_text(), any_case).matches() != negated);
}

// The pattern with its own escape character as one with a backslash.
Value like_escape(Args args, Type) {
  const std::string_view pattern = args[0].as_text();
  const std::string_view escape = args[1].as_text();
  if (characters_in(escape) > 1) throw EvalError("22025", "invalid escape string");
  std::string result;
  for (std::size_t i = 0; i < pattern.size();) {
    const bool escaped = !escape.empty() && pattern.substr(i).starts_with(escape);
    if (escaped) {
      i += escape.size();
      if (i >= pattern.size()) throw EvalError("22025", "LIKE pattern must not end with escape character");
      result += '\\';
    } else if (pattern[i] == '\\') {
      result += '\\';
    }
    const std::size_t size = character_size(pattern, i);
    result += pattern.substr(i, size);
    i += size;
  }
  return Value::of_text(result);
}

template <bool greatest>
Value extreme(Args args, Type) {
  Value best;
  for (const Value& arg : args) {
    if (arg.is_null()) continue;
    const auto order = ivm::compare(arg, best);
    if (best.is_null() || (greatest ? order > 0 : order < 0)) best = arg;
  }
  return best;
}

}  // namespace

void add_pattern_functions(Tables& tables) {
  const TypeKind t = TypeKind::text;
  tables.operators.push_back({"~~", {t, t}, TypeKind::boolean, like<false, false>, true});
  tables.operators.push_back({"!~~", {t, t}, TypeKind::boolean, like<false, true>, true});
  tables.operators.push_back({"~~*", {t, t}, TypeKind::boolean, like<true, false>, true});
  tables.operators.push_back({"!~~*", {t, t}, TypeKind::boolean, like<true, true>, true});
  tables.functions.push_back({"like_escape", {t, t}, t, like_escape, true});
  tables.functions.push_back({" greatest", {Pseudo::any}, Pseudo::any, extreme<true>, false, false, true});
  tables.functions.push_back({" least", {Pseudo::any}, Pseudo::any, extreme<false>, false, false, true});
}

}  // namespace laterbase::sql
