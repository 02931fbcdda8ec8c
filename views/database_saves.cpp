#include <algorithm>

#include "engine/base/log.h"
#include "views/database.h"

// A database's state written down, and taken up again.
namespace laterbase::views {

void Database::load() {
  try {
    if (checkpoint_.load(engine_)) loaded_until_ = engine_.position();
  } catch (const Failure& trouble) {
    can_save_ = false;
    log::warn("what was saved of tables and views can't be read; they are made again from the log",
              {{"database", root_->name()}, {"reason", trouble.what()}});
  }
  if (loaded_until_ == 0) return;
  log::info(
      "tables and views are loaded",
      {{"database", root_->name()}, {"until", std::to_string(loaded_until_)}, {"head", std::to_string(root_->head())}});
}

// Under the lock.
void Database::save_if_due() {
  const std::uint64_t work = engine_.unsaved_work();
  if (!can_save_ || work < std::max(save_above_, options_.save_least_bytes)) return;
  if (work < engine_.save_cost() / 100 * options_.save_share_percent) return;
  if (save_scheduled_.exchange(true)) return;
  workers_.run([self = shared_from_this()] {
    self->save();
    self->save_scheduled_ = false;
  });
}

void Database::save() noexcept {
  const std::lock_guard one_at_a_time(save_mutex_);
  if (gone_ || !can_save_) return;
  try {
    EngineState state;
    const std::set<std::uint64_t> tables = save_now(state);
    if (!tables.empty()) checkpoint_.tidy(state, tables);
  } catch (const std::exception& trouble) {
    log::debug("tables and views were not saved", {{"database", root_->name()}, {"reason", trouble.what()}});
  }
}

// What is in use then; nothing where nothing was saved.
std::set<std::uint64_t> Database::save_now(EngineState& state) {
  {
    const std::shared_lock lock(mutex_);  // steps wait, readers don't
    if (engine_.position() == 0 || engine_.is_loading() || !engine_.has_unsaved()) return {};
    state = engine_.save();
  }
  bool durable = false;
  try {
    durable = checkpoint_.write(state);
  } catch (const Failure& trouble) {
    log::debug("tables and views were not saved", {{"database", root_->name()}, {"reason", trouble.what()}});
  }
  const std::lock_guard lock(mutex_);
  engine_.saved(state, durable);
  save_above_ = durable ? 0 : engine_.unsaved_work() + options_.save_least_bytes;
  saves_ += durable;
  return durable ? engine_.store().ids() : std::set<std::uint64_t>{};
}

}  // namespace laterbase::views
