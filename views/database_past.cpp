#include <fmt/format.h>

#include <algorithm>

#include "views/database.h"
#include "views/engine_reads.h"

// Reading what was shown at another moment.
namespace laterbase::views {

Outcome<Moment> Database::moment_of(const std::optional<Ulid>& as_of, const std::optional<Known>& known_at) const {
  Moment moment{as_of.value_or(Ulid::greatest()), root_->head()};
  if (!known_at) return moment;
  const auto epochs = root_->snapshot().epochs();
  const auto epoch =
      std::find_if(epochs.begin(), epochs.end(), [&](const OwnEpoch& one) { return one.epoch == known_at->epoch; });
  if (epoch == epochs.end() || known_at->lc > epoch->last)
    return Refusal::of(Refusal::Kind::gone,
                       fmt::format("{}:{} is no position of this node's log, which is at {}:{}.",
                                   known_at->epoch.text(), known_at->lc, root_->epoch().text(), root_->head()));
  moment.known = known_at->lc;
  return moment;
}

Outcome<Page> Database::read_past(const std::string& relation, const ReadRequest& request,
                                  const std::optional<Ulid>& as_of, const std::optional<Known>& known_at) {
  const auto moment = moment_of(as_of, known_at);
  if (!moment) return moment.error();
  if (moment->known == root_->head()) {
    const auto lock = reading();
    if (engine().position() == moment->known) {
      if (moment->until >= engine().greatest_key()) return read_page(engine(), root_->epoch(), relation, request);
      // A fold has copies of its states from then.
      if (auto page = read_source_page(engine(), root_->epoch(), relation, request, moment->until)) return *page;
    }
  }
  Outcome<Page> page = Page{};
  in_the_past(relation, *moment, [&](Past& past) { page = past.read(request); });
  return page;
}

Outcome<One> Database::read_past_one(const std::string& relation, const std::string& key,
                                     const std::optional<Ulid>& as_of, const std::optional<Known>& known_at) {
  const auto moment = moment_of(as_of, known_at);
  if (!moment) return moment.error();
  Outcome<One> one = One{std::nullopt, root_->epoch(), moment->known};
  if (moment->known == root_->head()) {
    const auto lock = reading();
    const RelationSource* source = engine().source(relation);
    const auto take = [&](ivm::RowView row) { one->json = std::string(row.bytes_at(1)); };
    const bool is_now = engine().position() == moment->known;
    if (is_now && source != nullptr && source->scan_at(moment->until, &key, take)) return one;
    one->json.reset();
  }
  in_the_past(relation, *moment, [&](Past& past) {
    const RelationSource* source = past.engine().source(relation);
    if (source != nullptr && source->trouble().empty()) {
      one->json = one_of_source(*source, key).json;
      return;
    }
    const auto request = request_for_one(past.engine(), relation, key);
    if (!request) return void(one = request.error());
    const auto page = past.read(*request);
    one = page ? one_of_page(*page, relation, *request) : Outcome<One>(page.error());
  });
  return one;
}

void Database::in_the_past(const std::string& relation, const Moment& moment, const Pasts::Read& read) {
  Definitions definitions;
  std::uint64_t life = 0;
  {
    const Alone alone(*this);
    engine().forget_relations();
    definitions = engine().definitions_of(relation);
    life = follower_.lives();
  }
  pasts_.at(relation, std::move(definitions), moment, life, read);
}

}  // namespace laterbase::views
