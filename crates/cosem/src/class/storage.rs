//! Data storage: values, registers, profiles.

use crate::data::Data as Any;
use crate::schema::{Array, CosemType, SIMPLE};
use crate::{
    CompactArrayBuf, DateTime, Obis, ScalerUnit, choice, enumeration, interface_class, structure,
};

interface_class! {
    /// Holds one value of any type, without a unit.
    Data "Data" = 1, version 0, source "IEC 62056-6-2, Data" {
        /// The value.
        2 @ 8 value: Any;
    }
}

interface_class! {
    /// Holds a measured value or a status with its scaler and unit.
    Register "Register" = 3, version 0, source "IEC 62056-6-2, Register" {
        /// The value, to be multiplied by ten to the power of the scaler.
        2 @ 8 value: Any as SIMPLE;
        /// Scaler and unit of the value.
        3 @ 16 scaler_unit: ScalerUnit;
        methods {
            /// Sets the value to its default, mostly 0. The parameter says nothing: 0.
            1 @ 40 reset(i8);
        }
    }
}

interface_class! {
    /// A register that also says in what state and when its value was taken.
    ExtendedRegister "Extended register" = 4, version 0, source "IEC 62056-6-2, Extended register" {
        /// The value, to be multiplied by ten to the power of the scaler.
        2 @ 8 value: Any as SIMPLE;
        /// Scaler and unit of the value.
        3 @ 16 scaler_unit: ScalerUnit;
        /// The state of the value; its meaning is the meter's own.
        4 @ 24 status: Any as SIMPLE;
        /// When the value was taken.
        5 @ 32 capture_time: DateTime;
        methods {
            /// Sets the value to its default, mostly 0. The parameter says nothing: 0.
            1 @ 56 reset(i8);
        }
    }
}

structure! {
    /// A column of a profile: an attribute of an object, or a part of it.
    CaptureObject {
        /// The class of the object.
        class_id: u16,
        /// The object.
        logical_name: Obis,
        /// The attribute; 0 means all.
        attribute_index: i8,
        /// 0 for the whole attribute, else the element, the first being 1.
        data_index: u16,
    }
}

enumeration! {
    /// In what order a profile keeps its rows.
    SortMethod {
        /// First in, first out: the oldest row leaves a full buffer.
        1 Fifo,
        /// Last in, first out.
        2 Lifo,
        /// The largest value first.
        3 Largest,
        /// The smallest value first.
        4 Smallest,
        /// The value nearest to zero first.
        5 NearestToZero,
        /// The value farthest from zero first.
        6 FarthestFromZero,
    }
}

choice! {
    /// The rows of a profile. What a row holds is said by the capture objects.
    Buffer {
        /// Each row with its tags.
        Rows: Array<Any>,
        /// The tags once, in front of all rows.
        Compact: CompactArrayBuf,
    }
}

structure! {
    /// Selector 1 of a profile's buffer: rows whose value of a column lies in a range.
    RangeDescriptor {
        /// The column, mostly the clock.
        restricting_object: CaptureObject,
        /// The least value.
        from_value: Any as SIMPLE,
        /// The greatest value.
        to_value: Any as SIMPLE,
        /// The columns to show; none means all.
        selected_values: Array<CaptureObject>,
    }
}

structure! {
    /// Selector 2 of a profile's buffer: rows and columns by their number, the first being 1.
    EntryDescriptor {
        /// The first row.
        from_entry: u32,
        /// The last row; 0 means the last there is.
        to_entry: u32,
        /// The first column.
        from_selected_value: u16,
        /// The last column; 0 means the last there is.
        to_selected_value: u16,
    }
}

interface_class! {
    /// Keeps rows of values captured from other objects, in order of time or value.
    ProfileGeneric "Profile generic" = 7, version 1, source "IEC 62056-6-2, Profile generic" {
        /// The rows; selector 1 takes a range descriptor, 2 an entry descriptor.
        2 @ 8 buffer: Any as Buffer::SCHEMA;
        /// The columns.
        3 @ 16 capture_objects: Array<CaptureObject>;
        /// Seconds between two rows; 0: captured by a call or an event.
        4 @ 24 capture_period: u32;
        /// The order of the rows.
        5 @ 32 sort_method: SortMethod;
        /// The column that decides the order; all zeros where it is time of arrival.
        6 @ 40 sort_object: CaptureObject;
        /// How many rows there are.
        7 @ 48 entries_in_use: u32;
        /// How many rows there may be.
        8 @ 56 profile_entries: u32;
        methods {
            /// Empties the buffer. The parameter says nothing: 0.
            1 @ 88 reset(i8);
            /// Captures a row now. The parameter says nothing: 0.
            2 @ 96 capture(i8);
        }
    }
}
