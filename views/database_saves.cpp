#include <algorithm>

#include "engine/base/log.h"
#include "views/database.h"

// A database's state written down, and taken up again.
namespace laterbase::views {

// False where the engine may have taken up a part of it.
bool Database::load(Engine& engine) {
  loaded_until_ = 0;
  try {
    if (checkpoint_.load(engine)) loaded_until_ = engine.position();
    can_save_ = true;
  } catch (const Failure& trouble) {
    can_save_ = false;
    log::warn("what was saved of tables and views can't be read; they are made again from the log",
              {{"database", root_->name()}, {"reason", trouble.what()}});
  }
  if (loaded_until_ == 0) return can_save_;
  log::info(
      "tables and views are loaded",
      {{"database", root_->name()}, {"until", std::to_string(loaded_until_)}, {"head", std::to_string(root_->head())}});
  return true;
}

// Under the lock.
void Database::save_if_due() {
  const std::uint64_t work = engine().unsaved_work();
  if (!can_save_ || work < std::max(save_above_, options_.save_least_bytes)) return;
  if (work < engine().save_cost() / 100 * options_.save_share_percent) return;
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
    if (follower_.is_torn() || engine().position() == 0 || engine().is_loading() || !engine().has_unsaved()) return {};
    state = engine().save();
  }
  bool durable = false;
  try {
    durable = checkpoint_.write(state);
  } catch (const Failure& trouble) {
    log::debug("tables and views were not saved", {{"database", root_->name()}, {"reason", trouble.what()}});
  }
  const std::lock_guard lock(mutex_);
  if (follower_.is_torn()) return {};
  engine().saved(state, durable);
  save_above_ = durable ? 0 : engine().unsaved_work() + options_.save_least_bytes;
  saves_ += durable;
  return durable ? engine().store().ids() : std::set<std::uint64_t>{};
}

}  // namespace laterbase::views
