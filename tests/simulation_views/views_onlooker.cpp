#include "tests/simulation_views/views_onlooker.h"

#include <algorithm>

#include "tests/simulation/process.h"
#include "tests/simulation_views/statements.h"
#include "tests/simulation_views/trees.h"
#include "views/engine_reads.h"
#include "views/session.h"

namespace laterbase::simulation {
namespace {

constexpr const char* rejects_name = "(rejects)";

using Shown = std::map<std::string, std::string>;  // by relation: its rows in any order, or why there are none

std::string lines_in_order(const std::string& lines) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    all.push_back(lines.substr(begin, end - begin));
    begin = end + 1;
  }
  std::sort(all.begin(), all.end());
  std::string text;
  for (const std::string& line : all) text += line + '\n';
  return text;
}

Shown shown_by(const views::Engine& engine, ViewsCount& count) {
  Shown shown;
  std::vector<std::string> relations = engine.store().tables();
  for (const auto& [name, view] : engine.views()) relations.push_back(name);
  engine.forget_relations();
  for (const std::string& relation : relations) {
    const auto page = views::read_page(engine, Ulid{}, relation, {});
    count.rows += page ? page->rows.size() : 0;
    count.broken += page ? 0 : 1;
    count.trees += page && !page->tree.empty() ? 1 : 0;
    shown[relation] = !page                ? page.error().message()
                      : page->tree.empty() ? lines_in_order(views::page_lines(*page))
                                           : page->tree;
  }
  std::string rejects;
  for (const triples::Reject& reject : engine.store().rejects()) {
    rejects += reject.key.text() + " " + std::to_string(reject.index) + " " + reject.reason + "\n";
  }
  shown[rejects_name] = lines_in_order(rejects);
  return shown;
}

std::string difference(const Shown& left, const Shown& right) {
  for (const auto& [relation, rows] : left) {
    const auto found = right.find(relation);
    if (found == right.end()) return relation + " is there on one side only";
    if (found->second != rows) return relation + ":\n" + rows + "against\n" + found->second;
  }
  return left.size() == right.size() ? "" : "a relation is there on one side only";
}

const NamedTree& random_tree(Random& random) { return stored_trees()[random.below(stored_trees().size())]; }

}  // namespace

// The log could not be read, for once.
struct ReadFault : Failure {
  ReadFault() : Failure(FailureCode::io, "a read failed on purpose") {}
};

// A node's engine over its log, and who follows its trees.
struct ViewsOnlooker::Follower : views::LogReader {
  Follower(Process& of, ViewsDesign& with, Random& chance, std::uint64_t& made, bool whole)
      : process(&of),
        design(with),
        random(chance),
        is_whole(whole),
        may_fail(!whole),
        engines(made),
        follower([this] { return process->snapshot(); }, [this] { return make_engine(); },
                 [](Lc, Lc head) { return head; }) {}

  std::unique_ptr<views::Engine> make_engine() {
    ++engines;
    auto made = std::make_unique<views::Engine>(*this);
    trees.clear();
    for (const NamedTree& tree : live_trees()) {
      made->define_local(tree.name, definition_of(tree));
      trees.emplace_back(tree.name);
    }
    for (const NamedTree& tree : stored_trees()) trees.emplace_back(tree.name);
    return made;
  }

  void read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) override {
    Snapshot now = process->snapshot();
    const auto scan = now.log(after, until);
    while (auto event = scan->next()) {
      if (may_fail && random.one_in(400)) throw ReadFault();
      if (!is_whole && design.misses(*event)) continue;
      design.reads(*event);
      if (!visit(*event)) return;
    }
  }

  void catch_up() {
    if (must_begin())
      follower.begin_anew();
    else
      follower.catch_up();
  }
  bool must_begin() {
    if (follower.lives() == 0) return true;
    return design.looks_at_its_log() ? !follower.can_go_on() : follower.is_torn();
  }
  void poll_trees(ViewsCount& count) {
    for (TreeFollower& tree : trees) {
      const std::uint64_t before = tree.patches();
      tree.poll(engine(), [this](Lc lc) { return design.loses_patch(lc); });
      count.patches += tree.patches() - before;
    }
  }
  views::Engine& engine() { return follower.engine(); }

  Process* process;
  ViewsDesign& design;
  Random& random;
  bool is_whole;  // it sees all there is, and never fails
  bool may_fail;
  std::uint64_t& engines;
  std::vector<TreeFollower> trees;
  views::Follower follower;
};

ViewsOnlooker::ViewsOnlooker(std::unique_ptr<ViewsDesign> design, ViewsCount& count)
    : design_(std::move(design)), count_(count) {}

ViewsOnlooker::~ViewsOnlooker() = default;

ViewsOnlooker::Follower& ViewsOnlooker::follower(Process& process) {
  auto& follower = followers_[process.slot()];
  if (!follower) follower = std::make_unique<Follower>(process, *design_, random_, count_.lives, false);
  follower->process = &process;
  return *follower;
}

// Some go on in the same process with a log that was opened again, as after a failed sync.
void ViewsOnlooker::starts(Process& process) {
  if (design_->looks_at_its_log() && random_.one_in(2)) followers_.erase(process.slot());
  follower(process);
}

// Reads fail, but not for ever.
void ViewsOnlooker::catch_up(Follower& follower) {
  for (int tries = 0;; ++tries) {
    try {
      follower.may_fail = tries < 3;
      follower.catch_up();
      follower.may_fail = true;
      return;
    } catch (const ReadFault&) {
      ++count_.faults;
    }
  }
}

std::unique_ptr<ViewsOnlooker::Follower> ViewsOnlooker::from_the_beginning(Process& process) {
  auto fresh = std::make_unique<Follower>(process, *design_, random_, count_.lives, true);
  fresh->catch_up();
  return fresh;
}

// Commits come one by one or several at once, as with a worker that is late.
std::string ViewsOnlooker::advances(Process& process) {
  try {
    if (random_.one_in(2)) {
      follower(process).catch_up();
      if (random_.one_in(2)) follower(process).poll_trees(count_);
    }
  } catch (const ReadFault&) {
    ++count_.faults;
  }
  return random_.one_in(40) ? compare(process) : "";
}

std::string ViewsOnlooker::compare(Process& process) {
  Follower& mine = follower(process);
  catch_up(mine);
  ++count_.compared;
  const auto fresh = from_the_beginning(process);
  const std::string differs = difference(shown_by(mine.engine(), count_), shown_by(fresh->engine(), count_));
  if (!differs.empty()) return "shows other rows than its log has: " + differs;
  mine.poll_trees(count_);
  for (const TreeFollower& tree : mine.trees)
    if (const std::string wrong = tree.differs_from(fresh->engine()); !wrong.empty())
      return "patches don't give the tree that its log has: " + wrong;
  return "";
}

std::string ViewsOnlooker::ends(const std::vector<Process*>& processes) {
  Shown first;
  for (Process* process : processes) {
    if (const std::string wrong = compare(*process); !wrong.empty()) return wrong;
    Shown shown = shown_by(follower(*process).engine(), count_);
    if (process == processes.front())
      first = std::move(shown);
    else if (const std::string differs = difference(first, shown); !differs.empty())
      return "nodes with the same events show different rows: " + differs;
  }
  return "";
}

std::string ViewsOnlooker::by_sql(Process& process, Random& random) {
  Follower& mine = follower(process);
  mine.catch_up();
  const bool is_empty = mine.engine().store().tables().empty();
  const bool defines = random.one_in(is_empty ? 2 : 25);
  const std::string text = is_empty && defines ? all_definitions()
                           : defines           ? random_definition(random)
                                               : random_change(random);
  const views::Follower::Change change(mine.follower);
  views::Session session(mine.engine(), Ulid{random() >> 1, random()}, {});
  if (defines && !is_empty && random.one_in(4)) {
    const NamedTree& tree = random_tree(random);
    if (!session.define_view(tree.name, definition_of(tree), true)) return "";
  } else {
    if (!session.run(text, {})) return "";
    for (const NamedTree& tree : stored_trees())
      if (is_empty && !session.define_view(tree.name, definition_of(tree), true)) return "";
  }
  const std::vector<std::string> events = session.events();
  if (events.size() != 1) return "";
  ++(defines ? count_.definitions : count_.statements);
  return events.front();
}

std::string ViewsOnlooker::writes(Process& process, Random& random) {
  if (!random.one_in(4)) {
    try {
      if (std::string event = by_sql(process, random); !event.empty()) return event;
    } catch (const Failure&) {  // its disk; who writes facts by hand doesn't look
    }
  }
  ++count_.facts;
  return random_facts(random);
}

}  // namespace laterbase::simulation
