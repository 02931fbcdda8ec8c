#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/onlooker.h"
#include "views/follower.h"

// Tables, views and trees on every node of a simulated cluster: clients write rows by SQL and facts by hand, declare
// and replace what there is; each node's engine follows its log, and somebody follows its trees. While the cluster
// runs, what an engine shows, and what the followers have, is what one shows that folds the log from its beginning; in
// the end all nodes show the same.
namespace laterbase::simulation {

// Where tables and views can be bent: the right design bends nothing.
class ViewsDesign {
 public:
  virtual ~ViewsDesign() = default;
  virtual void reads(Event& /*event*/) {}                        // an entry of the log, as an engine is given it
  virtual bool looks_at_its_log() const { return true; }         // whether it is the one that was followed
  virtual bool misses(const Event& /*event*/) { return false; }  // an entry that only the fold from the beginning sees
  virtual bool loses_patch(Lc /*lc*/) { return false; }          // of a tree, to who follows it
};

struct ViewsCount {
  std::uint64_t statements = 0, definitions = 0, facts = 0, compared = 0, rows = 0, broken = 0, faults = 0, lives = 0;
  std::uint64_t trees = 0, patches = 0;
};

class ViewsOnlooker final : public Onlooker {
 public:
  ViewsOnlooker(std::unique_ptr<ViewsDesign> design, ViewsCount& count);
  ~ViewsOnlooker() override;

  std::string writes(Process& process, Random& random) override;
  void starts(Process& process) override;
  std::string advances(Process& process) override;
  std::string ends(const std::vector<Process*>& processes) override;

 private:
  struct Follower;

  Follower& follower(Process& process);
  void catch_up(Follower& follower);
  std::string by_sql(Process& process, Random& random);
  std::string compare(Process& process);
  std::unique_ptr<Follower> from_the_beginning(Process& process);

  std::unique_ptr<ViewsDesign> design_;
  ViewsCount& count_;
  std::map<std::size_t, std::unique_ptr<Follower>> followers_;  // by slot
  Random random_{1};
};

}  // namespace laterbase::simulation
