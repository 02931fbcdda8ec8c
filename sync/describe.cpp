#include "sync/describe.h"

#include <fmt/format.h>

#include <iterator>

namespace laterbase::sync {
namespace {

class Words {
 public:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    if (!text_.empty()) text_ += ", ";
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// The end of an epoch tells it from others well enough for a log.
std::string place(const Head& head) { return fmt::format("{}:{}", head.epoch.text().substr(20), head.lc); }

void add_log(Words& words, const Message& m) {
  if (m.from) words.add("from {}", place(*m.from));
  if (m.window) words.add("window {} to {}", m.window->from.text(), m.window->to.text());
  if (m.cursor) words.add("cursor {}", place(*m.cursor));
  if (m.verdict) words.add("{}", *m.verdict == Verdict::valid ? "valid" : "reset");
  if (!m.seen.empty()) words.add("seen {}", m.seen.size());
  if (m.delta) words.add("delta {} to {}{}", m.delta->after.lc, m.delta->next.lc, m.delta->more ? " and more" : "");
  if (m.delta && m.delta->proof) words.add("if {} add up", m.delta->proof->sum.count);
  if (m.next) words.add("next {}", place(*m.next));
}

void add_events(Words& words, const Message& m) {
  if (m.ids) words.add("ids {}", m.ids->size());
  if (m.lacks) words.add("lacks {}", m.lacks->size());
  if (m.wants) words.add("wants {}", m.wants->size());
  if (!m.events.empty()) words.add("events {}", m.events.size());
}

void add_comparison(Words& words, const Message& m) {
  if (m.summary)
    words.add("summary of {}{}{}", m.summary->whole.count,
              m.summary->newest.empty() ? "" : fmt::format(" and of {} newest", m.summary->newest.size()),
              m.summary->counters.empty() ? "" : " with counters");
  if (!m.ranges.empty()) words.add("ranges {}", m.ranges.size());
  if (!m.listings.empty()) words.add("listings {}", m.listings.size());
  if (!m.want_ranges.empty()) words.add("wants ranges {}", m.want_ranges.size());
  if (!m.deferred.empty()) words.add("deferred ranges {}", m.deferred.size());
  if (m.cells) words.add("cells {} from {}", m.cells->cells.size(), m.cells->first);
  if (m.want_cells) words.add("wants cells {} from {}", m.want_cells->count, m.want_cells->first);
}

}  // namespace

std::string describe(const Message& message) {
  Words words;
  add_log(words, message);
  add_events(words, message);
  add_comparison(words, message);
  std::string text = words.take();
  return text.empty() ? "nothing" : text;
}

}  // namespace laterbase::sync
