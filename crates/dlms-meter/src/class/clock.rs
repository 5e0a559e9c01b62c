//! The class Clock: it shows, sets and adjusts the clock of its logical device.

use cosem::class::{ClockBase, ClockPresetTime};
use cosem::{Civil, CosemType, Data, DateTime, Encoded};
use dlms::apdu::{ActionResult, DataAccessResult, Selection};

use crate::behaviour::{Behaviour, Context};
use crate::event::EventCode;
use crate::timekeeping::{ClockRules, Preset};

pub(crate) struct ClockBehaviour;

impl Behaviour for ClockBehaviour {
    fn read(
        &mut self,
        attribute: i8,
        selection: Option<&Selection>,
        context: &mut Context<'_>,
    ) -> Option<Result<Encoded, DataAccessResult>> {
        if selection.is_some() {
            return None;
        }
        let rules = context.clock.rules;
        let data = match attribute {
            2 => context.time().into_data(),
            3 => rules.time_zone.into_data(),
            4 => context.time().status().into_data(),
            5 => rules.daylight_savings_begin.into_data(),
            6 => rules.daylight_savings_end.into_data(),
            7 => rules.daylight_savings_deviation.into_data(),
            8 => rules.daylight_savings_enabled.into_data(),
            9 => ClockBase::InternalCrystal.into_data(),
            _ => return None,
        };
        Some(Ok(Encoded::from(data)))
    }

    fn write(
        &mut self,
        attribute: i8,
        value: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<(), DataAccessResult>> {
        if attribute == 2 {
            return Some(write_time(value, context));
        }
        let rules = with_rule(context.clock.rules, attribute, value.clone())?;
        Some(rules.map(|rules| {
            if rules != context.clock.rules {
                context.clock.rules = rules;
                context.log(EventCode::ClockRulesChanged);
            }
        }))
    }

    fn invoke(
        &mut self,
        method: i8,
        parameter: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<Option<Encoded>, ActionResult>> {
        let result = match method {
            1 => adjust(context, 900),
            2 => {
                let periods = context.records.values().map(|record| record.profile.period);
                let period = periods.filter(|period| *period > 0).min().unwrap_or(900);
                adjust(context, i64::from(period))
            }
            3 => adjust(context, 60),
            4 => adjust_to_preset(context),
            5 => preset(context, parameter),
            6 => shift(context, parameter),
            _ => return None,
        };
        Some(result.map(|()| None))
    }
}

/// The rules with one attribute changed; `None` for an attribute that is no rule.
fn with_rule(
    mut rules: ClockRules,
    attribute: i8,
    value: Data,
) -> Option<Result<ClockRules, DataAccessResult>> {
    let result = match attribute {
        3 => i16::from_data(value)
            .map(|zone| rules.time_zone = zone)
            .is_ok_and(|()| (-840..=720).contains(&rules.time_zone)),
        5 => DateTime::from_data(value).map(|time| rules.daylight_savings_begin = time).is_ok(),
        6 => DateTime::from_data(value).map(|time| rules.daylight_savings_end = time).is_ok(),
        7 => i8::from_data(value)
            .map(|minutes| rules.daylight_savings_deviation = minutes)
            .is_ok_and(|()| (-120..=120).contains(&rules.daylight_savings_deviation)),
        8 => bool::from_data(value).map(|on| rules.daylight_savings_enabled = on).is_ok(),
        _ => return None,
    };
    Some(if result { Ok(rules) } else { Err(DataAccessResult::OTHER_REASON) })
}

fn write_time(value: &Data, context: &mut Context<'_>) -> Result<(), DataAccessResult> {
    let wanted = value.head().as_date_time().ok_or(DataAccessResult::TYPE_UNMATCHED)?;
    let utc = utc(wanted, &context.clock.rules).ok_or(DataAccessResult::OTHER_REASON)?;
    let hundredths = match wanted.time().hundredths() {
        None => 0,
        Some(hundredths @ 0..=99) => hundredths,
        Some(_) => return Err(DataAccessResult::OTHER_REASON),
    };
    step(context, |context| context.clock.set(context.now, utc, hundredths));
    Ok(())
}

/// The second of UTC that a complete date-time means; `None` when it is no time, or when its weekday
/// is not that of its date.
fn utc(time: DateTime, rules: &ClockRules) -> Option<i64> {
    let local: Civil = time.civil()?;
    if time.date().weekday().is_some_and(|weekday| weekday != local.weekday()) {
        return None;
    }
    match time.deviation() {
        Some(-840..=720) => time.unix_seconds(),
        Some(_) => None,
        None => {
            let status = time.status();
            let known = status != cosem::ClockStatus::UNSPECIFIED;
            let saving = status.contains(cosem::ClockStatus::DAYLIGHT_SAVING_ACTIVE);
            Some(rules.utc(local, known.then_some(saving)))
        }
    }
}

/// Changes the clock, and logs the time before and after.
fn step(context: &mut Context<'_>, change: impl FnOnce(&mut Context<'_>)) {
    context.log(EventCode::ClockAdjustedOldTime);
    change(context);
    context.log(EventCode::ClockAdjustedNewTime);
}

fn adjust(context: &mut Context<'_>, period: i64) -> Result<(), ActionResult> {
    step(context, |context| context.clock.adjust_to(context.now, period));
    Ok(())
}

fn preset(context: &mut Context<'_>, parameter: &Data) -> Result<(), ActionResult> {
    let rules = context.clock.rules;
    let given = ClockPresetTime::from_data(parameter.clone());
    let given = given.map_err(|_| ActionResult::TYPE_UNMATCHED)?;
    let second = |time| utc(time, &rules).ok_or(ActionResult::OTHER_REASON);
    context.clock.preset = Some(Preset {
        time: second(given.preset_time)?,
        from: second(given.validity_interval_start)?,
        to: second(given.validity_interval_end)?,
    });
    Ok(())
}

/// Takes the preset time over when the clock lies within the interval given with it.
fn adjust_to_preset(context: &mut Context<'_>) -> Result<(), ActionResult> {
    let now = context.clock.seconds(context.now);
    let preset = context.clock.preset.filter(|preset| (preset.from..=preset.to).contains(&now));
    let Some(preset) = preset else { return Err(ActionResult::TEMPORARY_FAILURE) };
    context.clock.preset = None;
    step(context, |context| context.clock.set(context.now, preset.time, 0));
    Ok(())
}

fn shift(context: &mut Context<'_>, parameter: &Data) -> Result<(), ActionResult> {
    match parameter {
        Data::Long(seconds @ -900..=900) => {
            let seconds = i64::from(*seconds);
            step(context, |context| context.clock.shift(seconds));
            Ok(())
        }
        Data::Long(_) => Err(ActionResult::OTHER_REASON),
        _ => Err(ActionResult::TYPE_UNMATCHED),
    }
}
