#include <fmt/format.h>

#include <algorithm>

#include "views/database.h"

// Reading what was shown at another moment.
namespace laterbase::views {
namespace {

constexpr std::size_t most_pasts = 2;  // kept, for those who look around near them

}  // namespace

Outcome<Page> Database::read_past(const std::string& relation, const ReadRequest& request,
                                  const std::optional<Ulid>& as_of, const std::optional<Known>& known_at) {
  Moment moment{as_of.value_or(Ulid::greatest()), root_->head()};
  if (known_at) {
    const auto epochs = root_->snapshot().epochs();
    const auto epoch =
        std::find_if(epochs.begin(), epochs.end(), [&](const OwnEpoch& one) { return one.epoch == known_at->epoch; });
    if (epoch == epochs.end() || known_at->lc > epoch->last)
      return Refusal::of(Refusal::Kind::gone,
                         fmt::format("{}:{} is no position of this node's log, which is at {}:{}.",
                                     known_at->epoch.text(), known_at->lc, root_->epoch().text(), root_->head()));
    moment.known = known_at->lc;
  }
  Definitions definitions;
  std::uint64_t life = 0;
  {
    const Alone alone(*this);
    engine().forget_relations();
    definitions = engine().definitions_of(relation);
    life = follower_.lives();
  }
  const std::lock_guard lock(past_mutex_);
  if (std::exchange(pasts_life_, life) != life) pasts_.clear();  // the log may be another one
  return past_at(relation, std::move(definitions), moment).read(request);
}

// The one that is nearest before; else a new one, in place of the one that was not used for longest.
Past& Database::past_at(const std::string& relation, Definitions definitions, const Moment& moment) {
  const auto serves = [&](const auto& past) { return past->shows(relation, definitions) && past->can_go_to(moment); };
  auto found = std::find_if(pasts_.begin(), pasts_.end(), serves);
  if (found == pasts_.end()) {
    if (pasts_.size() == most_pasts) pasts_.pop_back();
    const auto sources = options_.sources ? options_.sources(root_->name()) : std::vector<SourceMaker>();
    auto fresh =
        std::make_unique<Past>(*root_, relation, std::move(definitions), sources, moment, [this] { return gone(); });
    found = pasts_.insert(pasts_.begin(), std::move(fresh));
  } else {
    // One that fails on its way is of no use any more.
    std::list<std::unique_ptr<Past>> going;
    going.splice(going.begin(), pasts_, found);
    going.front()->go_to(moment);
    pasts_.splice(pasts_.begin(), going);
  }
  return *pasts_.front();
}

}  // namespace laterbase::views
