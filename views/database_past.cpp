#include <fmt/format.h>

#include <algorithm>

#include "views/database.h"
#include "views/engine_reads.h"

// Reading what was shown at another moment.
namespace laterbase::views {
namespace {

constexpr std::size_t most_pasts = 2;  // kept, for those who look around near them

// A log without what happened later, or was learned later.
class LogOfThen : public LogReader {
 public:
  LogOfThen(LogReader& log, const Moment& moment) : log_(log), moment_(moment) {}
  void read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) override {
    log_.read(after, std::min(until, moment_.known),
              [&](const Event& event) { return event.key > moment_.until || visit(event); });
  }

 private:
  LogReader& log_;
  Moment moment_;
};

// A relation that code makes is folded again from the events of then.
Outcome<Page> read_then(LogReader& log, const Ulid& epoch, const std::vector<SourceMaker>& makers,
                        const std::string& relation, const ReadRequest& request, const Moment& moment) {
  LogOfThen then(log, moment);
  Engine engine(then);
  for (const SourceMaker& make : makers)
    if (auto source = make(then); source->relation().name == relation) engine.add_source(std::move(source));
  engine.follow(moment.known);
  engine.finish_loading();
  auto page = read_page(engine, epoch, relation, request);
  if (page) page->tag += fmt::format("-{}", moment.until.text());
  return page;
}

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
  bool is_fold = false;
  Definitions definitions;
  {
    const std::lock_guard lock(mutex_);
    catch_up();
    engine_.forget_relations();
    is_fold = engine_.source(relation) != nullptr;
    if (!is_fold) definitions = engine_.definitions_of(relation);
  }
  if (is_fold && options_.sources)
    return read_then(*this, root_->epoch(), options_.sources(root_->name()), relation, request, moment);
  const std::lock_guard lock(past_mutex_);
  return past_at(relation, std::move(definitions), moment).read(request);
}

// The one that is nearest before; else a new one, in place of the one that was not used for longest.
Past& Database::past_at(const std::string& relation, Definitions definitions, const Moment& moment) {
  const auto serves = [&](const auto& past) { return past->shows(relation, definitions) && past->can_go_to(moment); };
  auto found = std::find_if(pasts_.begin(), pasts_.end(), serves);
  if (found == pasts_.end()) {
    if (pasts_.size() == most_pasts) pasts_.pop_back();
    const auto sources = options_.sources ? options_.sources(root_->name()) : std::vector<SourceMaker>();
    auto fresh = std::make_unique<Past>(*root_, relation, std::move(definitions), sources, moment,
                                        [this] { return gone(); });
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
