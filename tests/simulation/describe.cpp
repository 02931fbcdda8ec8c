#include "tests/simulation/describe.h"

#include <fmt/format.h>

#include <iterator>

namespace laterbase::simulation {
namespace {

std::string tail_of(const Ulid& ulid) { return ulid.text().substr(22); }

std::string place(const sync::Head& head) {
  return fmt::format("{}/{}@{}", tail_of(head.node), tail_of(head.epoch), head.lc);
}

std::string span(const sync::Window& keys) {
  return fmt::format("{}-{}", tail_of(keys.from), keys.to == Ulid::greatest() ? "" : tail_of(keys.to));
}

class Words {
 public:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    text_ += ' ';
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }
  void keys(const char* name, const std::optional<std::vector<Ulid>>& keys) {
    if (!keys) return;
    add("{}(", name);
    for (const Ulid& key : *keys) add("{}", tail_of(key));
    text_ += ')';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_log(Words& words, const sync::Message& m) {
  if (m.from) words.add("from {}", place(*m.from));
  if (m.window) words.add("window {}", span(*m.window));
  if (m.cursor) words.add("cursor {}", place(*m.cursor));
  if (m.verdict) words.add("{}", *m.verdict == sync::Verdict::valid ? "valid" : "reset");
  for (const sync::Seen& seen : m.seen) words.add("seen {}:{}", tail_of(seen.epoch), seen.sequence);
  if (m.delta) words.add("delta {}-{}{}", m.delta->after.lc, m.delta->next.lc, m.delta->more ? " and more" : "");
  if (m.delta && m.delta->proof) words.add("proof {}+{}", m.delta->proof->sum.count, m.delta->proof->of.size());
  if (m.next) words.add("next {}", place(*m.next));
}

void add_events(Words& words, const sync::Message& m) {
  words.keys("ids", m.ids);
  words.keys("lacks", m.lacks);
  words.keys("wants", m.wants);
  for (const sync::WireEvent& event : m.events) {
    words.add("[{} {}", tail_of(event.key), event.value);
    if (event.origin) words.add("{}:{}", tail_of(event.origin->epoch), event.origin->sequence);
    words.add("]");
  }
}

void add_comparison(Words& words, const sync::Message& m) {
  if (m.summary) words.add("summary {}{}", m.summary->whole.count, m.summary->counters.empty() ? "" : " counters");
  for (const sync::Range& range : m.ranges) words.add("range {} {}", span(range.keys), range.print.count);
  for (const sync::Listing& listing : m.listings)
    words.add("listing {} {}", span(listing.range.keys), listing.elements.size());
  for (const sync::Window& keys : m.want_ranges) words.add("wants {}", span(keys));
  for (const sync::Window& keys : m.deferred) words.add("deferred {}", span(keys));
  if (m.cells) words.add("cells {}+{}", m.cells->first, m.cells->cells.size());
  if (m.want_cells) words.add("wants cells {}+{}", m.want_cells->first, m.want_cells->count);
}

}  // namespace

std::string describe(const sync::Message& message) {
  Words words;
  add_log(words, message);
  add_events(words, message);
  add_comparison(words, message);
  return words.take();
}

}  // namespace laterbase::simulation
