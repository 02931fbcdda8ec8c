#include "tests/simulation_views/trees.h"

#include "views/engine_reads.h"

namespace laterbase::simulation {

const std::vector<NamedTree>& stored_trees() {
  static const std::vector<NamedTree> all = {
      {"items", R"(MANY item ORDER BY votes DESC LIMIT 3 { id, votes, tags,
                     lines: MANY line WHERE line.item = item.id ORDER BY kg DESC NULLS LAST LIMIT 2 { id, kg },
                     notes: COUNT note WHERE note.item = item.id })"},
      {"lines", R"(MANY line WHERE EXISTS item WHERE item.id = line.item { id,
                     of: ONE item WHERE item.id = line.item { votes, peak },
                     reached: EXISTS line AS other WHERE other.item = line.id })"},
      {"weights", R"(MANY by_item ORDER BY kg DESC { item, n,
                       places: MANY places WHERE places.item = by_item.item ORDER BY place LIMIT 3 { id, place } })"},
      {"saying", R"(ONE note ORDER BY said { said, share: ONE said WHERE said.said = note.said { share },
                      items: MANY item WHERE item.id <= note.item AND votes > 2 { name } })"},
  };
  return all;
}

const std::vector<NamedTree>& live_trees() {
  static const std::vector<NamedTree> all = {
      {"newest", R"(MANY events ORDER BY key DESC LIMIT 4 { key, size: length(bytes),
                      until_then: COUNT events AS e WHERE e.key < events.key AND e.at = events.at })"},
      {"voted", R"(MANY item WHERE votes > 0 OR (COUNT line WHERE line.item = item.id) > 1 {
                     *, lines: MANY line WHERE line.item = item.id {
                       id, said: MANY note WHERE note.item = line.id AND note.item = item.id { said } } })"},
  };
  return all;
}

views::ViewDefinition definition_of(const NamedTree& tree) { return {tree.text, {}, views::Language::treeql, ""}; }

void TreeFollower::poll(views::Engine& engine, const std::function<bool(Lc)>& loses) {
  const views::Feed& feed = engine.feed(name_);
  if (begun_ && generation_ == feed.generation() && feed.reaches(at_)) {
    while (const views::FeedMessage* message = feed.after(at_)) {
      at_ = message->lc;
      if (loses(at_)) continue;
      ++patches_;
      document_.patch_inplace(nlohmann::json::parse(message->patch));
    }
    return;
  }
  engine.forget_relations();
  const auto page = views::read_page(engine, Ulid{}, name_, {});
  begun_ = page.has_value();
  document_ = page ? nlohmann::json::parse(page->tree) : nlohmann::json();
  generation_ = feed.generation();
  at_ = engine.position();
}

std::string TreeFollower::differs_from(const views::Engine& fresh) const {
  fresh.forget_relations();
  const auto page = views::read_page(fresh, Ulid{}, name_, {});
  if (begun_ != page.has_value())
    return name_ + " is followed " + (begun_ ? "and can't be read" : "by nobody: " + page->tree);
  if (!begun_ || document_ == nlohmann::json::parse(page->tree)) return "";
  return name_ + ", followed:\n" + document_.dump() + "\nagainst\n" + page->tree;
}

}  // namespace laterbase::simulation
