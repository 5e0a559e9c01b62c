//! Access control and management: associations, logical devices.

use alloc::vec::Vec;

use crate::schema::{Array, Schema, VisibleString};
use crate::{BitString, Obis, Tag, choice, enumeration, flags, interface_class, structure};

// Association LN: the object list and its rights. The access modes are numbers up to version 2 and
// masks from version 3 on.

choice! {
    /// Which selectors of selective access an attribute knows.
    AccessSelectors {
        /// None.
        None,
        /// These.
        Some: Array<i8>,
    }
}

enumeration! {
    /// What a client may do with an attribute (version 0).
    AttributeAccessModeV0 {
        /// Nothing.
        0 NoAccess,
        /// Read it.
        1 ReadOnly,
        /// Write it.
        2 WriteOnly,
        /// Read and write it.
        3 ReadAndWrite,
    }
}

structure! {
    /// The right to an attribute (version 0).
    AttributeAccessItemV0 {
        /// The attribute.
        attribute_id: i8,
        /// What a client may do with it.
        access_mode: AttributeAccessModeV0,
        /// The selectors that it knows.
        access_selectors: AccessSelectors,
    }
}

structure! {
    /// The right to a method (version 0).
    MethodAccessItemV0 {
        /// The method.
        method_id: i8,
        /// Whether a client may call it.
        access_mode: bool,
    }
}

structure! {
    /// The rights to an object (version 0).
    AccessRightV0 {
        /// The attributes.
        attribute_access: Array<AttributeAccessItemV0>,
        /// The methods.
        method_access: Array<MethodAccessItemV0>,
    }
}

structure! {
    /// An object that an association shows (version 0).
    ObjectListElementV0 {
        /// The class of the object.
        class_id: u16,
        /// The version of the class.
        version: u8,
        /// The object.
        logical_name: Obis,
        /// What the client may do with it.
        access_rights: AccessRightV0,
    }
}

enumeration! {
    /// What a client may do with an attribute (versions 1 and 2).
    AttributeAccessModeV1 {
        /// Nothing.
        0 NoAccess,
        /// Read it.
        1 ReadOnly,
        /// Write it.
        2 WriteOnly,
        /// Read and write it.
        3 ReadAndWrite,
        /// Read it with an authenticated request.
        4 AuthenticatedReadOnly,
        /// Write it with an authenticated request.
        5 AuthenticatedWriteOnly,
        /// Read and write it with authenticated requests.
        6 AuthenticatedReadAndWrite,
    }
}

enumeration! {
    /// What a client may do with a method (versions 1 and 2).
    MethodAccessModeV1 {
        /// Nothing.
        0 NoAccess,
        /// Call it.
        1 Access,
        /// Call it with an authenticated request.
        2 AuthenticatedAccess,
    }
}

structure! {
    /// The right to an attribute (versions 1 and 2).
    AttributeAccessItemV1 {
        /// The attribute.
        attribute_id: i8,
        /// What a client may do with it.
        access_mode: AttributeAccessModeV1,
        /// The selectors that it knows.
        access_selectors: AccessSelectors,
    }
}

structure! {
    /// The right to a method (versions 1 and 2).
    MethodAccessItemV1 {
        /// The method.
        method_id: i8,
        /// What a client may do with it.
        access_mode: MethodAccessModeV1,
    }
}

structure! {
    /// The rights to an object (versions 1 and 2).
    AccessRightV1 {
        /// The attributes.
        attribute_access: Array<AttributeAccessItemV1>,
        /// The methods.
        method_access: Array<MethodAccessItemV1>,
    }
}

structure! {
    /// An object that an association shows (versions 1 and 2).
    ObjectListElementV1 {
        /// The class of the object.
        class_id: u16,
        /// The version of the class.
        version: u8,
        /// The object.
        logical_name: Obis,
        /// What the client may do with it.
        access_rights: AccessRightV1,
    }
}

flags! {
    /// What a client may do with an attribute, and how requests and responses must be protected.
    AttributeAccessMode {
        /// Read it.
        0 ReadAccess,
        /// Write it.
        1 WriteAccess,
        /// Requests must be authenticated.
        2 AuthenticatedRequest,
        /// Requests must be encrypted.
        3 EncryptedRequest,
        /// Requests must be signed.
        4 DigitallySignedRequest,
        /// Responses are authenticated.
        5 AuthenticatedResponse,
        /// Responses are encrypted.
        6 EncryptedResponse,
        /// Responses are signed.
        7 DigitallySignedResponse,
    }
}

flags! {
    /// Whether a client may call a method, and how requests and responses must be protected.
    MethodAccessMode {
        /// Call it.
        0 Access,
        /// Requests must be authenticated.
        2 AuthenticatedRequest,
        /// Requests must be encrypted.
        3 EncryptedRequest,
        /// Requests must be signed.
        4 DigitallySignedRequest,
        /// Responses are authenticated.
        5 AuthenticatedResponse,
        /// Responses are encrypted.
        6 EncryptedResponse,
        /// Responses are signed.
        7 DigitallySignedResponse,
    }
}

structure! {
    /// The right to an attribute.
    AttributeAccessItem {
        /// The attribute.
        attribute_id: i8,
        /// What a client may do with it.
        access_mode: AttributeAccessMode,
        /// The selectors that it knows.
        access_selectors: AccessSelectors,
    }
}

structure! {
    /// The right to a method.
    MethodAccessItem {
        /// The method.
        method_id: i8,
        /// What a client may do with it.
        access_mode: MethodAccessMode,
    }
}

structure! {
    /// The rights to an object.
    AccessRight {
        /// The attributes.
        attribute_access: Array<AttributeAccessItem>,
        /// The methods.
        method_access: Array<MethodAccessItem>,
    }
}

structure! {
    /// An object that an association shows.
    ObjectListElement {
        /// The class of the object.
        class_id: u16,
        /// The version of the class.
        version: u8,
        /// The object.
        logical_name: Obis,
        /// What the client may do with it.
        access_rights: AccessRight,
    }
}

// Association LN: what was agreed when the association was made.

structure! {
    /// The addresses of the two ends.
    AssociatedPartners {
        /// The client's.
        client_sap: i8,
        /// The logical device's.
        server_sap: u16,
    }
}

structure! {
    /// The object identifier of an application context, 2.16.756.5.8.1.x, arc by arc.
    ApplicationContextNameArcs {
        /// 2.
        joint_iso_ctt_element: u8,
        /// 16.
        country_element: u8,
        /// 756.
        country_name_element: u16,
        /// 5.
        identified_organization_element: u8,
        /// 8.
        dlms_ua_element: u8,
        /// 1.
        application_context_element: u8,
        /// 1 logical names, 2 short names, 3 and 4 the same with ciphering.
        context_id_element: u8,
    }
}

choice! {
    /// The object identifier of an application context.
    ApplicationContextName {
        /// As ACSE sends it: the contents of the BER object identifier.
        Octets: Vec<u8>,
        /// Arc by arc.
        Arcs: ApplicationContextNameArcs,
    }
}

structure! {
    /// The object identifier of an authentication mechanism, 2.16.756.5.8.2.x, arc by arc.
    MechanismNameArcs {
        /// 2.
        joint_iso_ctt_element: u8,
        /// 16.
        country_element: u8,
        /// 756.
        country_name_element: u16,
        /// 5.
        identified_organization_element: u8,
        /// 8.
        dlms_ua_element: u8,
        /// 2.
        authentication_mechanism_name_element: u8,
        /// 0 none, 1 password, 2 to 7 high level security.
        mechanism_id_element: u8,
    }
}

choice! {
    /// The object identifier of an authentication mechanism.
    MechanismName {
        /// As ACSE sends it: the contents of the BER object identifier.
        Octets: Vec<u8>,
        /// Arc by arc.
        Arcs: MechanismNameArcs,
    }
}

structure! {
    /// What client and server have agreed on.
    XdlmsContext {
        /// The services; bit 0 is the first bit.
        conformance: BitString as CONFORMANCE,
        /// The longest APDU that the server takes.
        max_receive_pdu_size: u16,
        /// The longest APDU that the server sends.
        max_send_pdu_size: u16,
        /// 6.
        dlms_version_number: u8,
        /// Not used: 0.
        quality_of_service: i8,
        /// The dedicated key, where one is used.
        cyphering_info: Vec<u8>,
    }
}

const CONFORMANCE: &Schema = &Schema::Sized { tag: Tag::BIT_STRING, min: 24, max: 24 };

enumeration! {
    /// The state of an association.
    AssociationStatus {
        /// No client.
        0 NonAssociated,
        /// The client has not yet shown that it knows the secret.
        1 AssociationPending,
        /// A client.
        2 Associated,
    }
}

structure! {
    /// A user of a client.
    UserListEntry {
        /// The number that the client sends.
        user_id: u8,
        /// The user's name.
        user_name: VisibleString,
    }
}

interface_class! {
    /// An association with logical names: which objects it shows, and the client's rights to them.
    AssociationLnV0 "Association LN" = 15, version 0, source "IEC 62056-6-2, Association LN" {
        /// The objects with the client's rights.
        2 @ 8 object_list: Array<ObjectListElementV0>;
        /// The addresses of the two ends.
        3 @ 16 associated_partners_id: AssociatedPartners;
        /// With or without ciphering.
        4 @ 24 application_context_name: ApplicationContextName;
        /// What client and server have agreed on.
        5 @ 32 xdlms_context_info: XdlmsContext;
        /// How the client shows who it is.
        6 @ 40 authentication_mechanism_name: MechanismName;
        /// The password of low level security.
        7 @ 48 secret: Vec<u8>;
        /// The state of the association.
        8 @ 56 association_status: AssociationStatus;
        methods {
            /// Third and fourth pass of high level security: takes the client's answer and gives the
            /// server's.
            1 @ 96 reply_to_hls_authentication(Vec<u8>) -> Vec<u8>;
            /// Changes the secret of high level security.
            2 @ 104 change_hls_secret(Vec<u8>);
            /// Shows one more object.
            3 @ 112 add_object(ObjectListElementV0);
            /// Shows an object no more.
            4 @ 120 remove_object(ObjectListElementV0);
        }
    }
}

interface_class! {
    /// An association with logical names: which objects it shows, and the client's rights to them.
    AssociationLnV1 "Association LN" = 15, version 1, source "IEC 62056-6-2, Association LN" {
        /// The objects with the client's rights.
        2 @ 8 object_list: Array<ObjectListElementV1>;
        /// The addresses of the two ends.
        3 @ 16 associated_partners_id: AssociatedPartners;
        /// With or without ciphering.
        4 @ 24 application_context_name: ApplicationContextName;
        /// What client and server have agreed on.
        5 @ 32 xdlms_context_info: XdlmsContext;
        /// How the client shows who it is.
        6 @ 40 authentication_mechanism_name: MechanismName;
        /// The password of low level security, or the secret of high level security.
        7 @ 48 secret: Vec<u8>;
        /// The state of the association.
        8 @ 56 association_status: AssociationStatus;
        /// The object that holds the security policy and the keys.
        9 @ 64 security_setup_reference: Obis;
        methods {
            /// Third and fourth pass of high level security: takes the client's answer and gives the
            /// server's.
            1 @ 96 reply_to_hls_authentication(Vec<u8>) -> Vec<u8>;
            /// Changes the secret of high level security.
            2 @ 104 change_hls_secret(Vec<u8>);
            /// Shows one more object.
            3 @ 112 add_object(ObjectListElementV1);
            /// Shows an object no more.
            4 @ 120 remove_object(ObjectListElementV1);
        }
    }
}

interface_class! {
    /// An association with logical names: which objects it shows, and the client's rights to them.
    AssociationLnV2 "Association LN" = 15, version 2, extends AssociationLnV1,
        source "IEC 62056-6-2, Association LN"
    {
        /// The users of the client.
        10 @ 72 user_list: Array<UserListEntry>;
        /// The user who has made the association.
        11 @ 80 current_user: UserListEntry;
        methods {
            /// Lets one more user in.
            5 @ 128 add_user(UserListEntry);
            /// Lets a user in no more.
            6 @ 136 remove_user(UserListEntry);
        }
    }
}

interface_class! {
    /// An association with logical names: which objects it shows, and the client's rights to them.
    AssociationLn "Association LN" = 15, version 3, source "IEC 62056-6-2, Association LN" {
        /// The objects with the client's rights.
        2 @ 8 object_list: Array<ObjectListElement>;
        /// The addresses of the two ends.
        3 @ 16 associated_partners_id: AssociatedPartners;
        /// With or without ciphering.
        4 @ 24 application_context_name: ApplicationContextName;
        /// What client and server have agreed on.
        5 @ 32 xdlms_context_info: XdlmsContext;
        /// How the client shows who it is.
        6 @ 40 authentication_mechanism_name: MechanismName;
        /// The password of low level security, or the secret of high level security.
        7 @ 48 secret: Vec<u8>;
        /// The state of the association.
        8 @ 56 association_status: AssociationStatus;
        /// The object that holds the security policy and the keys.
        9 @ 64 security_setup_reference: Obis;
        /// The users of the client.
        10 @ 72 user_list: Array<UserListEntry>;
        /// The user who has made the association.
        11 @ 80 current_user: UserListEntry;
        methods {
            /// Third and fourth pass of high level security: takes the client's answer and gives the
            /// server's.
            1 @ 96 reply_to_hls_authentication(Vec<u8>) -> Vec<u8>;
            /// Changes the secret of high level security.
            2 @ 104 change_hls_secret(Vec<u8>);
            /// Shows one more object.
            3 @ 112 add_object(ObjectListElement);
            /// Shows an object no more.
            4 @ 120 remove_object(ObjectListElement);
            /// Lets one more user in.
            5 @ 128 add_user(UserListEntry);
            /// Lets a user in no more.
            6 @ 136 remove_user(UserListEntry);
        }
    }
}

// SAP assignment.

structure! {
    /// A logical device and its address.
    AssignmentElement {
        /// The service access point: the logical device's address.
        sap: u16,
        /// The logical device name.
        logical_device_name: Vec<u8>,
    }
}

interface_class! {
    /// Lists the logical devices of a physical device with their addresses.
    SapAssignment "SAP assignment" = 17, version 0, source "IEC 62056-6-2, SAP assignment" {
        /// The logical devices.
        2 @ 8 sap_assignment_list: Array<AssignmentElement>;
        methods {
            /// Gives a logical device an address.
            1 @ 32 connect_logical_device(AssignmentElement);
        }
    }
}
