//! The class Association LN: what each client may see of its own association.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use cosem::class::{
    ApplicationContextName, AssociatedPartners, AssociationStatus, MechanismName, XdlmsContext,
};
use cosem::{BitString, CosemType, Encoded};
use dlms::apdu::{Conformance, DataAccessResult, Mechanism, Selection};
use dlms::association::{ClientAddress, ServerAddress};

use crate::behaviour::{Behaviour, Context};

/// What an association object of one client shows whoever asks.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) object_list: Encoded,
    pub(crate) mechanism: Mechanism,
    pub(crate) conformance: Conformance,
}

/// Whose association an object describes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// That of the client who asks: the object 0-0:40.0.0*255.
    TheOneWhoAsks,
    Client(ClientAddress),
}

pub(crate) struct AssociationBehaviour {
    pub(crate) of: Of,
    pub(crate) server: ServerAddress,
    /// Filled when the rights are known.
    pub(crate) views: Arc<OnceLock<BTreeMap<ClientAddress, View>>>,
}

impl Behaviour for AssociationBehaviour {
    fn read(
        &mut self,
        attribute: i8,
        selection: Option<&Selection>,
        context: &mut Context<'_>,
    ) -> Option<Result<Encoded, DataAccessResult>> {
        if selection.is_some() {
            return None;
        }
        let client = match self.of {
            Of::Client(client) => client,
            Of::TheOneWhoAsks => context.peer()?.association.client,
        };
        let view = self.views.get()?.get(&client)?;
        let data = match attribute {
            2 => return Some(Ok(view.object_list.clone())),
            3 => {
                // The attribute has seven bits for what the link addresses with sixteen.
                let client = i8::try_from(client.0).unwrap_or(i8::MAX);
                AssociatedPartners::new(client, self.server.0).into_data()
            }
            // Logical names without ciphering: 2.16.756.5.8.1.1.
            4 => ApplicationContextName::Octets(object_identifier(1, 1)).into_data(),
            5 => xdlms_context(view, context, client).into_data(),
            6 => MechanismName::Octets(object_identifier(2, view.mechanism.0)).into_data(),
            8 => status(context, client).into_data(),
            _ => return None,
        };
        Some(Ok(Encoded::from(data)))
    }
}

/// 2.16.756.5.8.`branch`.`last` as the contents of a BER object identifier.
fn object_identifier(branch: u8, last: u8) -> Vec<u8> {
    vec![0x60, 0x85, 0x74, 0x05, 0x08, branch, last]
}

/// What was agreed in the newest association of the client; what could be, when it has none.
fn xdlms_context(view: &View, context: &Context<'_>, client: ClientAddress) -> XdlmsContext {
    let asking = context.peer().copied().filter(|peer| peer.association.client == client);
    let peer = asking.or_else(|| context.open.get(&client).map(|open| open.newest));
    let conformance = peer.map_or(view.conformance, |peer| peer.conformance);
    let [_, bits @ ..] = conformance.0.to_be_bytes();
    XdlmsContext::new(
        BitString::new(24, bits.to_vec()),
        peer.map_or(crate::meter::PDU_SIZE, |peer| peer.server_max_receive_pdu_size),
        peer.map_or(0, |peer| peer.client_max_receive_pdu_size),
        DLMS_VERSION,
        0,
        Vec::new(),
    )
}

fn status(context: &Context<'_>, client: ClientAddress) -> AssociationStatus {
    let asks = context.peer().is_some_and(|peer| peer.association.client == client);
    if asks || context.open.contains_key(&client) {
        AssociationStatus::Associated
    } else {
        AssociationStatus::NonAssociated
    }
}

const DLMS_VERSION: u8 = 6;
