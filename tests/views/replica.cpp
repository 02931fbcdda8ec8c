#include "tests/views/replica.h"

namespace laterbase::views::tests {

Replica::Replica(const DatabaseOptions& options)
    : roots_(open_roots(directory_.file("data"), {}, system_clock())),
      root_(roots_->create("d")->root),
      options_(options),
      views_(std::make_unique<Views>(system_clock())) {
  views_->set_options(options_, 8);
}

std::string Replica::sql(const std::string& text) {
  const auto answer = database().execute(text, {});
  if (!answer) return "!" + answer.error().sql.sqlstate;
  return answer->results.empty() ? "" : answer->results.back().rows;
}

std::string Replica::rows(const std::string& relation) {
  const auto page = database().read(relation, {});
  return page ? page_json(*page) : "!" + page.error().message();
}

void Replica::forget() { views_->dropped(*root_); }

void Replica::restart() {
  views_->close();
  views_ = std::make_unique<Views>(system_clock());
  views_->set_options(options_, 8);
  root_.reset();
  roots_->close();
  roots_.reset();
  roots_ = open_roots(directory_.file("data"), {}, system_clock());
  root_ = roots_->create("d")->root;
}

std::vector<Replica::Entry> Replica::entries(Lc until) {
  std::vector<Entry> entries;
  Snapshot snapshot = root_->snapshot();
  const auto scan = snapshot.log(0, until);
  while (const auto event = scan->next()) entries.push_back({event->key, std::string(event->value), event->is_json});
  return entries;
}

std::vector<Replica::Entry> Replica::events() { return laterbase::tests::events_of(*root_); }

void Replica::merge(const std::vector<Entry>& events) { laterbase::tests::merge_into(*root_, events); }

}  // namespace laterbase::views::tests
