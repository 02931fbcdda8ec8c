#include "tests/simulation_views/wrong_views.h"

namespace laterbase::simulation {
namespace {

// Whoever arrives last wins.
class ArrivalDecides final : public ViewsDesign {
 public:
  void reads(Event& event) override { event.key = Ulid{event.lc, 0}; }
};

// The value that lost its place stays in the tables.
class NothingIsRetracted final : public ViewsDesign {
 public:
  void reads(Event& event) override { event.replaces = 0; }
};

// What has lost, or waits until it is due, counts too.
class AsideCounts final : public ViewsDesign {
 public:
  void reads(Event& event) override { event.aside = false; }
};

// A node that was restored from a backup, or lost what it had not synced, shows on what it showed before.
class RowsOutliveTheirLog final : public ViewsDesign {
 public:
  bool looks_at_its_log() const override { return false; }
};

// Once in a while an event is overlooked.
class OneIsMissed final : public ViewsDesign {
 public:
  bool misses(const Event& event) override { return event.lc % 16 == 0; }
};

// Once in a while who follows a tree isn't told.
class APatchIsLost final : public ViewsDesign {
 public:
  bool loses_patch(Lc lc) override { return lc % 8 == 0; }
};

template <typename Design>
WrongViews wrong(const std::string& name, const std::string& what) {
  return {name, what, [] { return std::make_unique<Design>(); }};
}

}  // namespace

const std::vector<WrongViews>& wrong_views() {
  static const std::vector<WrongViews> all = {
      wrong<ArrivalDecides>("arrival_decides", "of two facts about one thing the one that arrived later wins"),
      wrong<NothingIsRetracted>("nothing_is_retracted",
                                "a value that was replaced keeps its facts and its row of events"),
      wrong<AsideCounts>("aside_counts", "what stands aside in the log is taken in"),
      wrong<RowsOutliveTheirLog>("rows_outlive_their_log", "a node goes on with its rows where its log begins anew"),
      wrong<APatchIsLost>("a_patch_is_lost", "every eighth position's patches don't come to who follows a tree"),
      wrong<OneIsMissed>("one_is_missed", "every sixteenth entry is overlooked"),
  };
  return all;
}

}  // namespace laterbase::simulation
