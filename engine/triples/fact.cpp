#include "engine/triples/fact.h"

#include <fmt/format.h>

#include "engine/base/json_text.h"

namespace laterbase::triples {

// Walks a text that is known to be JSON, so what the scanner says is not asked for where only a bug could fail it.
class FactReader {
 public:
  explicit FactReader(BytesView value) : scanner_(value) {}

  Result<Facts> read() {
    scanner_.skip_space();
    if (!scanner_.take('{')) return std::move(facts_);
    bool found = false;
    while (next_in('}')) {
      const std::string_view name = string();
      scanner_.skip_space();
      scanner_.take(':');
      if (name != "@tx") {
        if (!scanner_.value()) break;
        continue;
      }
      if (std::exchange(found, true)) return wrong("\"@tx\" stands there twice");
      if (!facts()) return wrong(trouble_);
    }
    return std::move(facts_);
  }

 private:
  static Error wrong(const std::string& why) { return {ErrorCode::invalid, why + "."}; }

  bool fail(std::string_view why) {
    if (trouble_.empty()) trouble_ = fmt::format("Fact {} of \"@tx\" {}", facts_.facts_.size() + 1, why);
    return false;
  }

  // To the next element or member, past its comma; false, past the bracket, at the end.
  bool next_in(char closing) {
    scanner_.skip_space();
    if (scanner_.at_end() || scanner_.take(closing)) return false;
    if (scanner_.take(',')) scanner_.skip_space();
    return true;
  }

  std::string_view string() {
    const std::size_t start = scanner_.at();
    if (!scanner_.string()) return {};
    const std::string_view quoted = scanner_.since(start);
    if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2);
    return facts_.unescaped_.emplace_back(json_unquoted(quoted));
  }

  bool facts() {
    scanner_.skip_space();
    if (!scanner_.take('[')) {
      trouble_ = "\"@tx\" is an array of [type, subject, attribute, value]";
      return false;
    }
    while (next_in(']')) {
      if (facts_.facts_.size() == most_facts) return fail("is one too many for one event");
      if (!fact()) return false;
    }
    return true;
  }

  bool fact() {
    if (!scanner_.take('[')) return fail("is not an array of four");
    Fact fact;
    std::string_view* const names[] = {&fact.type, &fact.subject, &fact.attribute};
    for (std::string_view* name : names) {
      if (!next_in(']')) return fail("has fewer than four elements");
      if (scanner_.peek() != '"') return fail("has a type, subject or attribute that is not a string");
      *name = string();
    }
    if (!next_in(']')) return fail("has fewer than four elements");
    const std::size_t start = scanner_.at();
    scanner_.value();
    fact.value = scanner_.since(start);
    if (next_in(']')) return fail("has more than four elements");
    if (!fits(fact)) return false;
    facts_.facts_.push_back(fact);
    return true;
  }

  bool fits(const Fact& fact) {
    if (fact.type.empty() || fact.type.size() > longest_name) return fail("has a type that is not 1 to 63 bytes long");
    if (fact.attribute.size() > longest_name) return fail("has an attribute of more than 63 bytes");
    if (fact.subject.empty() || fact.subject.size() > longest_subject)
      return fail("has a subject that is not 1 to 400 bytes long");
    return true;
  }

  JsonScanner scanner_;
  Facts facts_;
  std::string trouble_;
};

Result<Facts> Facts::of(BytesView value) {
  if (!may_have_facts(value)) return Facts{};
  return FactReader(value).read();
}

}  // namespace laterbase::triples
