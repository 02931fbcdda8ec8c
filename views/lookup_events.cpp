#include "views/lookup_events.h"

#include <algorithm>

namespace laterbase::views {
namespace {

using ivm::TypeKind;
using ivm::Value;

constexpr std::size_t key_column = 0, at_column = 1, lc_column = 4;
constexpr Lc positions_a_page = 256;  // from the end
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

std::optional<Lookup> lookup_of_keys(const Wish& wish) {
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

Lc position_of(const Value& value, Lc head) {
  return value.as_int() < 0 ? 0 : std::min(static_cast<Lc>(value.as_int()), head);
}

bool is_whole(const Value& value) { return value.kind() == TypeKind::bigint || value.kind() == TypeKind::integer; }

std::vector<std::pair<Lc, Lc>> positions_of(const Domain& domain, Lc head) {
  std::vector<std::pair<Lc, Lc>> positions;
  if (domain.points && domain.points->size() <= most_points &&
      std::all_of(domain.points->begin(), domain.points->end(), is_whole)) {
    for (const Value& value : *domain.points)
      if (const Lc lc = position_of(value, head); lc != 0) positions.emplace_back(lc - 1, lc);
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    return positions;
  }
  Lc after = 0, until = head;
  if (domain.lower && is_whole(domain.lower->first)) {
    const Lc lower = position_of(domain.lower->first, head);
    after = lower - (domain.lower->second && lower != 0 ? 1 : 0);
  }
  if (domain.upper && is_whole(domain.upper->first)) until = position_of(domain.upper->first, head);
  if (after < until) positions.emplace_back(after, until);
  return positions;
}

std::optional<Lookup> lookup_of_positions(const Engine& engine, const Wish& wish) {
  const auto domain = wish.domains.find(lc_column);
  const bool narrows =
      domain != wish.domains.end() && (domain->second.points || domain->second.lower || domain->second.upper);
  const bool in_order = !wish.order.empty() && wish.order.front().column == lc_column;
  if (!narrows && !in_order) return std::nullopt;
  Lookup lookup;
  lookup.by = Lookup::By::events;
  lookup.columns = "lc";
  lookup.positions = positions_of(narrows ? domain->second : Domain(), engine.position());
  if (!in_order) return lookup;
  lookup.backwards = wish.order.front().descending;
  lookup.in_order = wish.order.size();  // no two have the same
  return lookup;
}

// Whether the event is what its key leads to, as far as the engine has taken in the log.
bool is_there(const Engine& engine, const Event& event) {
  bool is = false;
  if (event.aside) return false;
  engine.log().read_keys({event.key, event.key}, engine.position(),
                         [&](const Event& now) { return is = now.lc == event.lc, false; });
  return is;
}

void visit_positions(const Engine& engine, Lc after, Lc until, bool backwards, const ivm::RowVisitor& visit) {
  ivm::RowBuilder builder;
  if (!backwards) {
    engine.log().read(after, until, [&](const Event& event) {
      return !is_there(engine, event) || visit(Engine::event_row(event, builder), 1);
    });
    return;
  }
  while (after < until) {
    const Lc begin = until - std::min(until - after, positions_a_page);
    std::vector<ivm::Row> rows;
    visit_positions(engine, begin, until, false,
                    [&](ivm::RowView row, std::int64_t) { return rows.emplace_back(row), true; });
    for (auto row = rows.rbegin(); row != rows.rend(); ++row)
      if (!visit(row->view(), 1)) return;
    until = begin;
  }
}

}  // namespace

// Keys first: a position tells nothing about what else there is.
std::optional<Lookup> find_lookup_of_events(const Engine& engine, const Wish& wish) {
  if (!engine.log().knows_keys()) return std::nullopt;
  const auto is_narrow = [&](std::size_t column) {
    const auto domain = wish.domains.find(column);
    return domain != wish.domains.end() && (domain->second.points || domain->second.lower || domain->second.upper);
  };
  const bool by_position = !is_narrow(key_column) && !is_narrow(at_column) &&
                           (is_narrow(lc_column) || (!wish.order.empty() && wish.order.front().column == lc_column));
  return by_position ? lookup_of_positions(engine, wish) : lookup_of_keys(wish);
}

Lookup all_events() {
  Lookup lookup;
  lookup.by = Lookup::By::events;
  lookup.keys.emplace_back(Ulid{}, Ulid::greatest());
  return lookup;
}

void visit_events(const Engine& engine, const Lookup& lookup, const ivm::RowVisitor& visit) {
  ivm::RowBuilder builder;
  for (const auto& [from, to] : lookup.keys) {
    engine.log().read_keys({from, to, lookup.backwards}, engine.position(),
                           [&](const Event& event) { return visit(Engine::event_row(event, builder), 1); });
  }
  for (const auto& [after, until] : lookup.positions) visit_positions(engine, after, until, lookup.backwards, visit);
}

}  // namespace laterbase::views
