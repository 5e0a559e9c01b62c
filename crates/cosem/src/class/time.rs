//! Time and event driven objects: clock, scripts, disconnector.

use crate::data::Data as Any;
use crate::schema::Array;
use crate::{ClockStatus, DateTime, Obis, enumeration, interface_class, structure};

enumeration! {
    /// What keeps a clock running.
    ClockBase {
        /// Not said.
        0 NotDefined,
        /// A crystal of its own.
        1 InternalCrystal,
        /// The mains, 50 Hz.
        2 Mains50Hz,
        /// The mains, 60 Hz.
        3 Mains60Hz,
        /// Satellites.
        4 Gps,
        /// A time signal.
        5 RadioControlled,
    }
}

structure! {
    /// A time that a clock takes over when it is told to.
    ClockPresetTime {
        /// The time to take over.
        preset_time: DateTime,
        /// From when the clock may be told to.
        validity_interval_start: DateTime,
        /// Until when the clock may be told to.
        validity_interval_end: DateTime,
    }
}

interface_class! {
    /// A clock with its time zone and daylight saving.
    Clock "Clock" = 8, version 0, source "IEC 62056-6-2, Clock" {
        /// The local time, its deviation from UTC and its status.
        2 @ 8 time: DateTime;
        /// Minutes from local normal time to UTC.
        3 @ 16 time_zone: i16;
        /// How good the time is.
        4 @ 24 status: ClockStatus;
        /// When daylight saving begins; with wildcards every year anew.
        5 @ 32 daylight_savings_begin: DateTime;
        /// When daylight saving ends; with wildcards every year anew.
        6 @ 40 daylight_savings_end: DateTime;
        /// Minutes by which daylight saving shifts.
        7 @ 48 daylight_savings_deviation: i8;
        /// Whether daylight saving is used.
        8 @ 56 daylight_savings_enabled: bool;
        /// What keeps the clock running.
        9 @ 64 clock_base: ClockBase;
        methods {
            /// Sets the time to the nearest quarter of an hour. The parameter says nothing: 0.
            1 @ 96 adjust_to_quarter(i8);
            /// Sets the time to the nearest start of a measuring period. The parameter says nothing:
            /// 0.
            2 @ 104 adjust_to_measuring_period(i8);
            /// Sets the time to the nearest minute. The parameter says nothing: 0.
            3 @ 112 adjust_to_minute(i8);
            /// Takes over the preset time. The parameter says nothing: 0.
            4 @ 120 adjust_to_preset_time(i8);
            /// Names a time to be taken over later, and the interval in which that may be.
            5 @ 128 preset_adjusting_time(ClockPresetTime);
            /// Shifts the time by so many seconds, -900 to 900.
            6 @ 136 shift_time(i16);
        }
    }
}

enumeration! {
    /// What an action of a script does.
    ScriptServiceId {
        /// Writes an attribute.
        1 WriteAttribute,
        /// Calls a method.
        2 ExecuteMethod,
    }
}

structure! {
    /// One step of a script.
    ActionSpecification {
        /// Whether it writes or calls.
        service_id: ScriptServiceId,
        /// The class of the object.
        class_id: u16,
        /// The object.
        logical_name: Obis,
        /// The attribute or method.
        index: i8,
        /// The value to write, or the parameter of the method.
        parameter: Any,
    }
}

structure! {
    /// Steps under one number.
    Script {
        /// The number by which it is called; 0 is none.
        script_identifier: u16,
        /// The steps, in order.
        actions: Array<ActionSpecification>,
    }
}

interface_class! {
    /// Keeps scripts, each a sequence of writes and calls, to be run by number.
    ScriptTable "Script table" = 9, version 0, source "IEC 62056-6-2, Script table" {
        /// The scripts.
        2 @ 8 scripts: Array<Script>;
        methods {
            /// Runs the script with this number.
            1 @ 32 execute(u16);
        }
    }
}

enumeration! {
    /// State of the supply disconnector.
    ControlState {
        /// The supply is off.
        0 Disconnected,
        /// The supply is on.
        1 Connected,
        /// Off, and may be switched on by hand.
        2 ReadyForReconnection,
    }
}

enumeration! {
    /// Which ways to disconnect and reconnect are open.
    ControlMode {
        /// None: always connected.
        0 None,
        /// Off remotely, by hand, locally; on remotely with consent by hand.
        1 Mode1,
        /// Off remotely, by hand, locally; on remotely at once, or by hand.
        2 Mode2,
        /// Off remotely, locally; on remotely with consent by hand.
        3 Mode3,
        /// Off remotely, locally; on remotely at once, or by hand.
        4 Mode4,
        /// Off remotely, by hand, locally; on remotely with consent by hand, and locally.
        5 Mode5,
        /// Off remotely, locally; on remotely with consent by hand, and locally.
        6 Mode6,
        /// Off remotely, locally; on remotely at once, by hand, locally.
        7 Mode7,
    }
}

interface_class! {
    /// Connects and disconnects the supply of the premises.
    DisconnectControlV0 "Disconnect control" = 70, version 0,
        source "IEC 62056-6-2, Disconnect control"
    {
        /// Whether the supply is on.
        2 @ 8 output_state: bool;
        /// The state in which the control is.
        3 @ 16 control_state: ControlState;
        /// Which ways to disconnect and reconnect are open.
        4 @ 24 control_mode: ControlMode;
        methods {
            /// Switches the supply off, where the mode allows it. The parameter says nothing: 0.
            1 @ 32 remote_disconnect(i8);
            /// Switches the supply on or lets it be switched on by hand. The parameter says nothing:
            /// 0.
            2 @ 40 remote_reconnect(i8);
        }
    }
}

interface_class! {
    /// Connects and disconnects the supply of the premises.
    DisconnectControl "Disconnect control" = 70, version 1, extends DisconnectControlV0,
        source "IEC 62056-6-2, Disconnect control" {}
}
