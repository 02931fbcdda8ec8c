#include "bench/views/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "engine/base/random.h"
#include "views/running.h"
#include "views/trees.h"

namespace laterbase::bench {
namespace {

using views::Running;

constexpr std::string_view question = R"(
  MANY issue WHERE status = 'open' ORDER BY created DESC LIMIT 20 {
    id, title,
    author: ONE person WHERE person.id = issue.author { name },
    comments: MANY comment WHERE comment.issue = issue.id ORDER BY created DESC LIMIT 10 {
      body, author: ONE person WHERE person.id = comment.author { name } },
    labels: MANY label WHERE label.issue = issue.id { name },
    votes: COUNT vote WHERE vote.issue = issue.id
  })";

constexpr std::size_t single_changes = 20'000;

double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median_of(std::vector<double> all) {
  if (all.empty()) return 0;
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

class Tracker final : public sql::Catalog {
 public:
  Tracker() {
    using enum ivm::TypeKind;
    declare("issue", {{"id", bigint}, {"title", text}, {"status", text}, {"created", bigint}, {"author", bigint}});
    declare("comment", {{"id", bigint}, {"issue", bigint}, {"body", text}, {"created", bigint}, {"author", bigint}});
    declare("person", {{"id", bigint}, {"name", text}});
    declare("label", {{"id", bigint}, {"issue", bigint}, {"name", text}});
    declare("vote", {{"id", bigint}, {"issue", bigint}});
  }
  const sql::Relation* find(std::string_view name) const override {
    const auto found = relations_.find(name);
    return found == relations_.end() ? nullptr : &found->second;
  }

 private:
  void declare(const std::string& name, const std::vector<std::pair<const char*, ivm::TypeKind>>& columns) {
    sql::Relation& relation = relations_[name];
    relation.name = name;
    relation.primary_key = {0};
    for (const auto& [column_name, kind] : columns) {
      sql::Column column;
      column.name = column_name;
      column.type = {kind, {}};
      relation.columns.push_back(std::move(column));
    }
  }

  std::map<std::string, sql::Relation, std::less<>> relations_;
};

struct Issue {
  std::string title;
  bool open = true;
  std::int64_t created = 0, author = 0;
};

// The tables, changed all the time, and the circuit that follows them.
class Board {
 public:
  explicit Board(std::uint64_t rows)
      : random_(7), issues_(rows / 10), people_(std::max<std::uint64_t>(rows / 100, 10)) {
    Tracker tracker;
    auto query = tree::read(question, tracker, {nullptr, true, true});
    if (!query) throw std::runtime_error(query.error().message);
    auto running = Running::make(std::move(*query));
    if (!running) throw std::runtime_error(running.error().message);
    running_ = std::move(*running);
    for (std::uint64_t i = 0; i < people_; ++i) person(i);
    for (std::uint64_t i = 0; i < issues_.size(); ++i) {
      issues_[i] = {fmt::format("issue number {}", i), !random_.one_in(3), static_cast<std::int64_t>(i), any_person()};
      issue(i, +1);
      add_label(static_cast<std::int64_t>(i));
      if ((++fed_ & 1023) == 0) running_->step();
    }
    for (std::uint64_t i = 0; i < rows; ++i) {
      comment(static_cast<std::int64_t>(random_.below(issues_.size())));
      if (random_.one_in(2)) vote(static_cast<std::int64_t>(random_.below(issues_.size())), next_id_++, +1);
      if ((++fed_ & 1023) == 0) running_->step();
    }
    running_->step();
  }

  // One change, not stepped: of an issue that is shown, or of any.
  void change(bool shown) {
    const auto at = static_cast<std::int64_t>(shown ? newest() : random_.below(issues_.size()));
    const std::uint64_t what = random_.below(20);
    if (what < 9) return comment(at);
    if (what < 15) return vote(at, next_id_++, +1);
    if (what < 16) return add_label(at);
    Issue& issue_at = issues_[static_cast<std::size_t>(at)];
    issue(static_cast<std::uint64_t>(at), -1);
    if (what < 19)
      issue_at.title = fmt::format("issue number {}, edited {}", at, next_id_++);
    else
      issue_at.open = !issue_at.open;
    issue(static_cast<std::uint64_t>(at), +1);
  }

  Running& running() { return *running_; }
  std::uint64_t fed() const { return fed_; }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const ivm::NodeState& state : running_->state()) bytes += state.bytes;
    return bytes;
  }

 private:
  std::int64_t any_person() { return static_cast<std::int64_t>(random_.below(people_)); }
  // One of the newest that are open.
  std::uint64_t newest() {
    std::uint64_t skip = random_.below(20);
    for (std::uint64_t i = issues_.size(); i-- > 0;)
      if (issues_[i].open && skip-- == 0) return i;
    return 0;
  }

  void feed(std::string_view relation, std::int64_t weight) {
    for (const Running::Input& input : running_->inputs())
      if (input.relation == relation) running_->feed(input, builder_.finish(), weight);
  }
  void person(std::uint64_t id) {
    builder_.begin(2);
    builder_.word(0, static_cast<std::int64_t>(id));
    builder_.bytes(1, fmt::format("person {}", id));
    feed("person", +1);
  }
  void issue(std::uint64_t id, std::int64_t weight) {
    const Issue& at = issues_[id];
    builder_.begin(5);
    builder_.word(0, static_cast<std::int64_t>(id));
    builder_.bytes(1, at.title);
    builder_.bytes(2, at.open ? "open" : "closed");
    builder_.word(3, at.created);
    builder_.word(4, at.author);
    feed("issue", weight);
  }
  void comment(std::int64_t issue) {
    builder_.begin(5);
    builder_.word(0, next_id_);
    builder_.word(1, issue);
    builder_.bytes(2, "a comment of the usual length, or so");
    builder_.word(3, next_id_++);
    builder_.word(4, any_person());
    feed("comment", +1);
  }
  void add_label(std::int64_t issue) {
    builder_.begin(3);
    builder_.word(0, next_id_++);
    builder_.word(1, issue);
    builder_.bytes(2, "urgent");
    feed("label", +1);
  }
  void vote(std::int64_t issue, std::int64_t id, std::int64_t weight) {
    builder_.begin(2);
    builder_.word(0, id);
    builder_.word(1, issue);
    feed("vote", weight);
  }

  Random random_;
  std::vector<Issue> issues_;
  std::uint64_t people_;
  std::int64_t next_id_ = 1;
  std::uint64_t fed_ = 0;
  std::unique_ptr<Running> running_;
  ivm::RowBuilder builder_;
};

}  // namespace

TreeFigures measure_tree(std::uint64_t rows) {
  TreeFigures figures;
  const double began = now_us();
  Board board(rows);
  figures.build_rows_per_us = static_cast<double>(board.fed()) / (now_us() - began);
  std::string whole = views::tree_json(board.running()).value();
  auto document = nlohmann::json::parse(whole);
  views::tree_patch(board.running());  // as for somebody who follows it from here on
  std::vector<double> all, shown, patched;
  std::vector<std::string> patches;
  for (std::size_t i = 0; i < single_changes; ++i) {
    board.change(i % 2 == 0);
    const double start = now_us();
    board.running().step();
    const bool changed = board.running().changed();
    const double stepped = now_us() - start;
    all.push_back(stepped);
    ++figures.changes;
    if (!changed) continue;
    const double patch_start = now_us();
    const auto patch = views::tree_patch(board.running());
    patched.push_back(now_us() - patch_start);
    shown.push_back(stepped);
    if (!patch || patch->empty()) continue;
    patches.push_back(*patch);
  }
  figures.patches = patches.size();
  for (const std::string& patch : patches) document.patch_inplace(nlohmann::json::parse(patch));
  const double whole_start = now_us();
  whole = views::tree_json(board.running()).value();
  figures.whole_us = now_us() - whole_start;
  if (document != nlohmann::json::parse(whole)) throw std::runtime_error("W7: the patches don't give the answer");
  figures.single_us = median_of(all);
  figures.single_shown_us = median_of(shown);
  figures.patch_us = median_of(patched);
  figures.bytes_a_row = static_cast<double>(board.bytes()) / static_cast<double>(rows);
  return figures;
}

std::string told(const TreeFigures& figures, std::uint64_t rows) {
  const double goal = rows > 100'000 ? 8 : 4;
  return fmt::format(
      "W7 tree of an issue tracker     {:>10}{:>9.2f}{:>7.1f}{:<2} of changes that are seen {:.2f}, their patch "
      "{:.2f}; "
      "the whole {:.0f}; {} of {} changes seen; build {:.2f} M rows/s, {:.0f} bytes a row\n",
      rows, figures.single_us, goal, figures.single_us <= goal ? "" : " !", figures.single_shown_us, figures.patch_us,
      figures.whole_us, figures.patches, figures.changes, figures.build_rows_per_us, figures.bytes_a_row);
}

}  // namespace laterbase::bench
