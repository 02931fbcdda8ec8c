#include "bench/views/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "bench/views/tree_by_hand.h"
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

constexpr std::size_t single_changes = 20'000, batches = 200, batch_changes = 1'000;

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

// The tables, changed all the time: a circuit and a program written by hand follow them.
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
    for (std::uint64_t i = 0; i < people_; ++i) person(static_cast<std::int64_t>(i));
    for (std::uint64_t i = 0; i < issues_.size(); ++i) {
      issues_[i] = {fmt::format("issue number {}", i), !random_.one_in(3), static_cast<std::int64_t>(i), any_person()};
      issue(static_cast<std::int64_t>(i), +1);
      add_label(static_cast<std::int64_t>(i));
      take_in_some();
    }
    for (std::uint64_t i = 0; i < rows; ++i) {
      comment(static_cast<std::int64_t>(random_.below(issues_.size())));
      if (random_.one_in(2)) vote(static_cast<std::int64_t>(random_.below(issues_.size())));
      take_in_some();
    }
    feed();
    running_->step();
    apply_by_hand();
  }

  // One change, not taken in yet: of an issue that is shown, or of any.
  void change(bool shown) {
    const auto at = static_cast<std::int64_t>(shown ? newest() : random_.below(issues_.size()));
    const std::uint64_t what = random_.below(20);
    if (what < 9) return comment(at);
    if (what < 15) return vote(at);
    if (what < 16) return add_label(at);
    Issue& issue_at = issues_[static_cast<std::size_t>(at)];
    issue(at, -1);
    if (what < 19)
      issue_at.title = fmt::format("issue number {}, edited {}", at, next_id_++);
    else
      issue_at.open = !issue_at.open;
    issue(at, +1);
  }

  // What has changed since, given to the circuit, not stepped; and to the program by hand, which says whether it shows.
  void feed() {
    for (const Fed& fed : fed_) running_->feed(*fed.input, fed.row.view(), fed.weight);
    fed_.clear();
  }
  bool apply_by_hand() {
    bool shows = false;
    for (const BoardRow& row : rows_) shows |= by_hand_.apply(row);
    rows_.clear();
    return shows;
  }

  Running& running() { return *running_; }
  const BoardByHand& by_hand() const { return by_hand_; }
  std::uint64_t changes() const { return changes_; }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const ivm::NodeState& state : running_->state()) bytes += state.bytes;
    return bytes;
  }

 private:
  struct Fed {
    const Running::Input* input;
    ivm::Row row;
    std::int64_t weight;
  };

  std::int64_t any_person() { return static_cast<std::int64_t>(random_.below(people_)); }
  // One of the newest that are open.
  std::uint64_t newest() {
    std::uint64_t skip = random_.below(20);
    for (std::uint64_t i = issues_.size(); i-- > 0;)
      if (issues_[i].open && skip-- == 0) return i;
    return 0;
  }
  void take_in_some() {
    if ((++changes_ & 1023) != 0) return;
    feed();
    running_->step();
    apply_by_hand();
  }

  void put(std::string_view relation, BoardRow row) {
    const ivm::RowView packed = builder_.finish();
    for (const Running::Input& input : running_->inputs())
      if (input.relation == relation) fed_.push_back({&input, ivm::Row(packed), row.weight});
    rows_.push_back(std::move(row));
  }
  void person(std::int64_t id) {
    const std::string name = fmt::format("person {}", id);
    builder_.begin(2);
    builder_.word(0, id);
    builder_.bytes(1, name);
    put("person", {BoardRow::Table::person, +1, id, 0, 0, 0, true, name});
  }
  void issue(std::int64_t id, int weight) {
    const Issue& at = issues_[static_cast<std::size_t>(id)];
    builder_.begin(5);
    builder_.word(0, id);
    builder_.bytes(1, at.title);
    builder_.bytes(2, at.open ? "open" : "closed");
    builder_.word(3, at.created);
    builder_.word(4, at.author);
    put("issue", {BoardRow::Table::issue, weight, id, 0, at.created, at.author, at.open, at.title});
  }
  void comment(std::int64_t issue) {
    const std::int64_t id = next_id_++, author = any_person();
    const std::string body = "a comment of the usual length, or so";
    builder_.begin(5);
    builder_.word(0, id);
    builder_.word(1, issue);
    builder_.bytes(2, body);
    builder_.word(3, id);
    builder_.word(4, author);
    put("comment", {BoardRow::Table::comment, +1, id, issue, id, author, true, body});
  }
  void add_label(std::int64_t issue) {
    const std::int64_t id = next_id_++;
    builder_.begin(3);
    builder_.word(0, id);
    builder_.word(1, issue);
    builder_.bytes(2, "urgent");
    put("label", {BoardRow::Table::label, +1, id, issue, 0, 0, true, "urgent"});
  }
  void vote(std::int64_t issue) {
    const std::int64_t id = next_id_++;
    builder_.begin(2);
    builder_.word(0, id);
    builder_.word(1, issue);
    put("vote", {BoardRow::Table::vote, +1, id, issue, 0, 0, true, ""});
  }

  Random random_;
  std::vector<Issue> issues_;
  std::uint64_t people_;
  std::int64_t next_id_ = 1;
  std::uint64_t changes_ = 0;
  std::vector<Fed> fed_;
  std::vector<BoardRow> rows_;
  std::unique_ptr<Running> running_;
  BoardByHand by_hand_;
  ivm::RowBuilder builder_;
};

template <typename Run>
double microseconds(Run&& run) {
  const double began = now_us();
  run();
  return now_us() - began;
}

// Who follows the tree: its patches, one after the other.
class Follower {
 public:
  explicit Follower(Running& running) : running_(running) {
    document_ = nlohmann::json::parse(views::tree_json(running).value());
    views::tree_patch(running);  // from here on
  }
  // After a step that changed something; gives what it costs.
  double follow() {
    std::optional<std::string> patch;
    const double us = microseconds([&] { patch = views::tree_patch(running_); });
    if (patch && !patch->empty()) patches_.push_back(std::move(*patch));
    return us;
  }
  std::size_t patches() const { return patches_.size(); }
  const nlohmann::json& document() {
    for (const std::string& patch : patches_) document_.patch_inplace(nlohmann::json::parse(patch));
    patches_.clear();
    return document_;
  }

 private:
  Running& running_;
  nlohmann::json document_;
  std::vector<std::string> patches_;
};

void measure_singles(Board& board, Follower& follower, TreeFigures& figures) {
  std::vector<double> all, shown, patched, by_hand, by_hand_shown;
  for (std::size_t i = 0; i < single_changes; ++i) {
    board.change(i % 2 == 0);
    bool changed = false, changed_by_hand = false;
    all.push_back(microseconds([&] {
      board.feed();
      board.running().step();
      changed = board.running().changed();
    }));
    by_hand.push_back(microseconds([&] { changed_by_hand = board.apply_by_hand(); }));
    ++figures.changes;
    if (changed_by_hand) by_hand_shown.push_back(by_hand.back());
    if (!changed) continue;
    patched.push_back(follower.follow());
    shown.push_back(all.back());
  }
  figures.patches = follower.patches();
  figures.single_us = median_of(all);
  figures.single_shown_us = median_of(shown);
  figures.by_hand_us = median_of(by_hand);
  figures.by_hand_shown_us = median_of(by_hand_shown);
  figures.patch_us = median_of(patched);
}

void measure_batches(Board& board, Follower& follower, TreeFigures& figures) {
  std::vector<double> all, by_hand;
  for (std::size_t turn = 0; turn < batches; ++turn) {
    for (std::size_t i = 0; i < batch_changes; ++i) board.change(i % 2 == 0);
    all.push_back(microseconds([&] {
      board.feed();
      board.running().step();
    }));
    by_hand.push_back(microseconds([&] { board.apply_by_hand(); }));
    if (board.running().changed()) follower.follow();
  }
  figures.batch_rows_per_us = static_cast<double>(batch_changes) / median_of(all);
  figures.by_hand_batch_rows_per_us = static_cast<double>(batch_changes) / median_of(by_hand);
}

}  // namespace

TreeFigures measure_tree(std::uint64_t rows) {
  TreeFigures figures;
  const double began = now_us();
  Board board(rows);
  figures.build_rows_per_us = static_cast<double>(board.changes()) / (now_us() - began);
  Follower follower(board.running());
  measure_singles(board, follower, figures);
  measure_batches(board, follower, figures);
  std::string whole;
  figures.whole_us = microseconds([&] { whole = views::tree_json(board.running()).value(); });
  const auto answer = nlohmann::json::parse(whole);
  if (follower.document() != answer) throw std::runtime_error("W7: the patches don't give the answer");
  if (board.by_hand().answer() != answer) throw std::runtime_error("W7: by hand the answer is another");
  figures.bytes_a_row = static_cast<double>(board.bytes()) / static_cast<double>(rows);
  return figures;
}

std::string told(const TreeFigures& figures, std::uint64_t rows) {
  const double goal = rows > 100'000 ? 8 : 4;
  return fmt::format("{:<32}{:>10}{:>9.2f}{:>7.1f}{:<2}{:>9.2f}{:>9}{:>9.1f}{:>9.2f}{:>8.0f}\n",
                     "W7 tree of an issue tracker", rows, figures.single_us, goal,
                     figures.single_us <= goal ? "" : " !", figures.batch_rows_per_us, "",
                     figures.by_hand_batch_rows_per_us, figures.build_rows_per_us, figures.bytes_a_row) +
         fmt::format(
             "   a single by hand {:.2f} us; of changes that are seen {:.2f}, by hand {:.2f}, their patch {:.2f}; the "
             "whole {:.0f} us; {} of {} changes seen\n",
             figures.by_hand_us, figures.single_shown_us, figures.by_hand_shown_us, figures.patch_us, figures.whole_us,
             figures.patches, figures.changes);
}

}  // namespace laterbase::bench
