#include "views/lookup_events.h"

#include <algorithm>

namespace laterbase::views {
namespace {

using ivm::TypeKind;
using ivm::Value;

constexpr std::size_t key_column = 0, at_column = 1;
constexpr std::int64_t us_per_ms = 1'000;
constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32, ascending

struct Span {
  Ulid from, to = Ulid::greatest();
  void narrow(const Span& other) {
    from = std::max(from, other.from);
    to = std::min(to, other.to);
  }
};

// The keys whose text begins as the text does, as far as that is the beginning of a key. What is less or greater than
// the text is so of the first or the last of these keys too.
Span span_of_prefix(std::string_view text) {
  std::string prefix;
  for (const char letter : text.substr(0, Ulid::kLetters)) {
    if (letters.find(letter) == std::string_view::npos) break;
    prefix += letter;
  }
  if (!prefix.empty() && prefix.front() > '7') return {Ulid::greatest(), Ulid::greatest()};
  std::string first = prefix + std::string(Ulid::kLetters - prefix.size(), '0');
  std::string last = prefix + std::string(Ulid::kLetters - prefix.size(), 'Z');
  if (prefix.empty()) last.front() = '7';
  return {*Ulid::parse(first), *Ulid::parse(last)};
}

// The keys of that microsecond's millisecond.
Span span_of_time(std::int64_t us) {
  const std::int64_t ms = us < 0 ? 0 : std::min(us / us_per_ms, Ulid::kMaxTimeMs);
  return {Ulid::first_of(ms), Ulid::last_of(ms)};
}

std::optional<Span> span_of(std::size_t column, const Value& value) {
  if (column == key_column && value.kind() == TypeKind::text) return span_of_prefix(value.as_text());
  if (column == at_column && value.kind() == TypeKind::timestamptz) return span_of_time(value.word());
  return std::nullopt;
}

// From the lower end to the upper one, as far as they say something.
Span span_between(std::size_t column, const Domain& domain) {
  Span span;
  if (const auto lower = domain.lower ? span_of(column, domain.lower->first) : std::nullopt) span.from = lower->from;
  if (const auto upper = domain.upper ? span_of(column, domain.upper->first) : std::nullopt) span.to = upper->to;
  return span;
}

std::vector<Span> spans_of(std::size_t column, const Domain& domain) {
  if (!domain.points || domain.points->size() > most_points) return {span_between(column, domain)};
  std::vector<Span> spans;
  for (const Value& value : *domain.points) {
    const auto span = span_of(column, value);
    if (!span) return {span_between(column, domain)};
    const bool is_key = column == key_column && value.as_text().size() == Ulid::kLetters && span->from == span->to;
    if (column == at_column || is_key) spans.push_back(*span);  // else no event has it
  }
  return spans;
}

}  // namespace

std::optional<Lookup> find_lookup_of_events(const Wish& wish) {
  Lookup lookup;
  lookup.by = Lookup::By::events;
  std::vector<Span> spans{Span{}};
  for (const auto& [column, name] : {std::pair(at_column, "at"), std::pair(key_column, "key")}) {
    const auto domain = wish.domains.find(column);
    if (domain == wish.domains.end()) continue;
    const std::vector<Span> narrower = spans_of(column, domain->second);
    if (narrower.size() == 1 && narrower[0].from == Ulid{} && narrower[0].to == Ulid::greatest()) continue;
    if (narrower.size() * spans.size() > most_points) continue;
    lookup.columns += (lookup.columns.empty() ? "" : ", ") + std::string(name);
    std::vector<Span> both;
    for (const Span& one : spans) {
      for (Span other : narrower) {
        other.narrow(one);
        both.push_back(other);
      }
    }
    spans = std::move(both);
  }
  if (!wish.order.empty() && wish.order.front().column <= at_column) {
    const ivm::Order& first = wish.order.front();
    const bool then_key =
        wish.order.size() > 1 && wish.order[1].column == key_column && wish.order[1].descending == first.descending;
    lookup.backwards = first.descending;
    lookup.in_order = first.column == key_column || then_key ? wish.order.size() : 1;
    if (lookup.columns.empty()) lookup.columns = first.column == key_column ? "key" : "at";
  }
  if (lookup.columns.empty()) return std::nullopt;
  for (const Span& span : spans)
    if (span.from <= span.to) lookup.keys.emplace_back(span.from, span.to);
  // Those of one millisecond are equal.
  std::sort(lookup.keys.begin(), lookup.keys.end());
  lookup.keys.erase(std::unique(lookup.keys.begin(), lookup.keys.end()), lookup.keys.end());
  return lookup;
}

void visit_events(const Engine& engine, const Lookup& lookup, const ivm::RowVisitor& visit) {
  ivm::RowBuilder builder;
  for (const auto& [from, to] : lookup.keys) {
    engine.log().read_keys({from, to, lookup.backwards}, engine.position(),
                           [&](const Event& event) { return visit(Engine::event_row(event, builder), 1); });
  }
}

}  // namespace laterbase::views
